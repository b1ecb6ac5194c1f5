import type { Db } from '../../db/connection/connect.ts'
import { installPgvector } from '../../db/memory/vector-indexes.ts'
import { createEmbeddingClient } from '../../plugins/embedder/client.ts'
import { queryEmbedder } from '../../plugins/embedder/query.ts'
import { embedAllMemories } from '../../plugins/embedder/work.ts'
import type { Embedder } from '../../domain/context.ts'

export interface Embeddings {
  url: string
  model: string
  queryPrefix: string
  documentPrefix: string
}

/**
 * Embeds all that is stored when `embedStored` is called, as the service does in the background;
 * the key is EMBEDDINGS_API_KEY's. Searches wait for as long as it takes.
 */
export async function benchEmbeddings(
  db: Db,
  { url, model, queryPrefix, documentPrefix: prefix }: Embeddings
): Promise<{ embedder: Embedder; embedStored: () => Promise<void> }> {
  const client = createEmbeddingClient({ url, apiKey: process.env['EMBEDDINGS_API_KEY'] })
  return {
    embedder: queryEmbedder({
      db,
      client,
      model,
      prefix,
      queryPrefix,
      pgvector: await installPgvector(db),
      timeoutMs: 60_000
    }),
    async embedStored() {
      const began = performance.now()
      let refused = 0
      const done = await embedAllMemories({
        db,
        client,
        model,
        prefix,
        signal: new AbortController().signal,
        mayContinue: async () => true,
        onRefused: () => {
          refused++
        }
      })
      const seconds = (performance.now() - began) / 1000
      console.log(
        `${model} by ${url}, ${done!.dimensions} dimensions: ` +
          `embedded in ${seconds.toFixed(0)} s, ${refused} refused`
      )
    }
  }
}
