import fp from 'fastify-plugin'
import { installPgvector } from '../../db/memory/vector-indexes.ts'
import type { Embedder } from '../../domain/context.ts'
import { usesEmbeddedDatabase } from '../config/index.ts'
import { embedInBackground } from './background.ts'
import { createEmbeddingClient, type EmbeddingClient } from './client.ts'
import { queryEmbedder } from './query.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Embeds queries; undefined without an embedding server. */
    embedder: Embedder | undefined
  }
}

/**
 * app.embedder: embeds queries, and memories in the background. Undefined without EMBEDDINGS_URL.
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
      client: noticingClient(client, embedder.recovered),
      model,
      prefix,
      indexes: pgvector && !usesEmbeddedDatabase(app.config)
    })
    app.log.info({ model, pgvector }, 'search by meaning is on')
  },
  { name: 'embedder', dependencies: ['db'] }
)

/** The client, which also reports each success: then searches need not wait out a pause. */
function noticingClient(client: EmbeddingClient, onSuccess: () => void): EmbeddingClient {
  return {
    async embed(...embedArguments) {
      const vectors = await client.embed(...embedArguments)
      onSuccess()
      return vectors
    }
  }
}
