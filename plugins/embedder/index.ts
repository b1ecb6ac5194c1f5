import fp from 'fastify-plugin'
import { installPgvector } from '../../db/memory/vector-indexes.ts'
import type { Embedder } from '../../domain/context.ts'
import { usesEmbeddedDatabase } from '../config/index.ts'
import { embedInBackground } from './background.ts'
import { createEmbeddingClient } from './client.ts'
import { queryEmbedder } from './query.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Makes vectors of queries, when an embedding server is configured. */
    embedder: Embedder | undefined
  }
}

/**
 * app.embedder: undefined without EMBEDDINGS_URL; with it, memories are embedded in the background.
 */
export default fp(
  async (app) => {
    const {
      EMBEDDINGS_URL: url,
      EMBEDDINGS_MODEL: model = '',
      EMBEDDINGS_API_KEY: apiKey,
      EMBEDDINGS_QUERY_PREFIX: queryPrefix = '',
      EMBEDDINGS_DOCUMENT_PREFIX: prefix = ''
    } = app.config
    if (url === undefined) {
      app.decorate('embedder', undefined)
      return
    }
    const client = createEmbeddingClient({ url, apiKey })
    const pgvector = await installPgvector(app.db)
    const embedder = queryEmbedder({ db: app.db, client, model, prefix, queryPrefix, pgvector })
    app.decorate('embedder', embedder)
    embedInBackground(app, {
      client: {
        async embed(...embedArguments) {
          const vectors = await client.embed(...embedArguments)
          embedder.recovered()
          return vectors
        }
      },
      model,
      prefix,
      indexes: pgvector && !usesEmbeddedDatabase(app.config)
    })
    app.log.info({ model, pgvector }, 'search by meaning is on')
  },
  { name: 'embedder', dependencies: ['db'] }
)
