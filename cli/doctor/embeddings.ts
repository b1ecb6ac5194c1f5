import { listEmbeddingModels } from '../../db/embedding-models.ts'
import { countToEmbed } from '../../db/embedding-queue.ts'
import { hasPgvector } from '../../db/vector-indexes.ts'
import type { Config } from '../../plugins/config.ts'
import { embeddingClient, EmbeddingsUnavailable } from '../../plugins/embedder/client.ts'
import { onDatabase } from '../database.ts'
import { type Check, failed, passed } from './visit.ts'

const TIMEOUT_MS = 10_000

/** Whether search by meaning is configured, whether its server answers, and how many memories are waiting. The database has been checked before. */
export async function checkEmbeddings (config: Config): Promise<Check[]> {
  const { EMBEDDINGS_URL: url, EMBEDDINGS_MODEL: model = '' } = config
  if (url === undefined) return [passed('embeddings', 'None are configured (EMBEDDINGS_URL), so search goes by words.')]
  return [passed('embeddings', `Configured: ${model} at ${url}.`), await checkServer(config, url, model), await countWaiting(model, config.EMBEDDINGS_DOCUMENT_PREFIX ?? '')]
}

async function checkServer ({ EMBEDDINGS_API_KEY: apiKey }: Config, url: string, model: string): Promise<Check> {
  const began = performance.now()
  try {
    const [vector] = await embeddingClient({ url, apiKey }).embed(model, ['Kagura Memory'], AbortSignal.timeout(TIMEOUT_MS))
    return passed('embedding server', `It answers with ${vector!.length} dimensions in ${Math.round(performance.now() - began)} ms.`)
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailable)) throw error
    const { message, said } = error
    const fix = 'Check that it runs, that EMBEDDINGS_URL leads to it (http://localhost:11434 for Ollama, https://api.openai.com), that it has EMBEDDINGS_MODEL, and EMBEDDINGS_API_KEY.'
    return failed('embedding server', `${message[0]!.toUpperCase()}${message.slice(1)}${said ? `: ${said}` : ''}.`, `${fix} Meanwhile search goes by words.`)
  }
}

function countWaiting (model: string, prefix: string): Promise<Check> {
  return onDatabase(async (db) => {
    const name = 'embedded memories'
    const known = (await listEmbeddingModels(db)).find((one) => one.active && one.model === model && one.prefix === prefix)
    if (!known) return passed(name, 'None yet: the server begins when the embedding server has answered.')
    const { memories, waiting, refused } = await countToEmbed(db, known.model_no)
    const pgvector = await hasPgvector(db) ? 'pgvector is there' : 'pgvector is not there, so many vectors are searched by their signs first'
    return passed(name, `${waiting} of ${memories} are waiting${refused > 0 ? `, and the embedding server does not take ${refused}` : ''}; ${pgvector}.`)
  })
}
