import { listEmbeddingModels } from '../../db/memory/embedding-models.ts'
import { countMemoriesToEmbed } from '../../db/memory/embedding-queue.ts'
import { hasPgvector } from '../../db/memory/vector-indexes.ts'
import type { Config } from '../../plugins/config/index.ts'
import { createEmbeddingClient, EmbeddingsUnavailableError } from '../../plugins/embedder/client.ts'
import { offerOllama } from '../../plugins/embedder/ollama.ts'
import { onDatabase } from '../database.ts'
import { type Check, failed, noted, passed } from './visit.ts'

const TIMEOUT_MS = 10_000
/** What npm run bench -- recall printed; docs/architecture.md has the table. */
const MEASURED =
  'On the conversations of LoCoMo it raises recall@10 from .79 by words alone to .80 with a weak model and .83 with a strong one.'

/**
 * Whether search by meaning is configured, whether its server answers, and how many memories are
 * waiting. The database has been checked before.
 */
export async function checkEmbeddings(config: Config): Promise<Check[]> {
  const { EMBEDDINGS_URL: url, EMBEDDINGS_MODEL: model = '' } = config
  if (url === undefined) return [await checkOffer(config)]
  return [
    passed('embeddings', `Configured: ${model} at ${url}. ${MEASURED}`),
    await checkServer(config, url, model),
    await countWaiting(model, config.EMBEDDINGS_DOCUMENT_PREFIX ?? '')
  ]
}

/** Where Ollama answers on this machine, the settings that use it. */
async function checkOffer({ OLLAMA_HOST: host }: Config): Promise<Check> {
  const why = 'None are configured (EMBEDDINGS_URL), so search goes by words.'
  const offer = await offerOllama(host)
  if (!offer) return passed('embeddings', why)
  const steps = offer.command === undefined ? '' : `run ${offer.command}, then `
  return noted(
    'embeddings',
    `${why} Ollama answers on this machine.`,
    `To find memories by meaning as well, ${steps}put these lines into .env and restart the server:\n${offer.settings.join('\n')}`
  )
}

async function checkServer(
  { EMBEDDINGS_API_KEY: apiKey }: Config,
  url: string,
  model: string
): Promise<Check> {
  const began = performance.now()
  try {
    const [vector] = await createEmbeddingClient({ url, apiKey }).embed(
      model,
      ['Kagura Memory'],
      AbortSignal.timeout(TIMEOUT_MS)
    )
    return passed(
      'embedding server',
      `It answers with ${vector!.length} dimensions in ${Math.round(performance.now() - began)} ms.`
    )
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailableError)) throw error
    const { message, said } = error
    const fix =
      'Check that it runs, that EMBEDDINGS_URL leads to it (http://localhost:11434 for Ollama, https://api.openai.com), that it has EMBEDDINGS_MODEL, and EMBEDDINGS_API_KEY.'
    return failed(
      'embedding server',
      `${message[0]!.toUpperCase()}${message.slice(1)}${said ? `: ${said}` : ''}.`,
      `${fix} Meanwhile search goes by words.`
    )
  }
}

function countWaiting(model: string, prefix: string): Promise<Check> {
  return onDatabase(async (db) => {
    const name = 'embedded memories'
    const known = (await listEmbeddingModels(db)).find(
      (one) => one.active && one.model === model && one.prefix === prefix
    )
    if (!known) {
      return passed(name, 'None yet: the server begins when the embedding server has answered.')
    }
    const { memories, waiting, refused } = await countMemoriesToEmbed(db, known.model_no)
    const pgvector = (await hasPgvector(db))
      ? 'pgvector is there'
      : 'pgvector is not there, so many vectors are searched by their signs first'
    return passed(
      name,
      `${waiting} of ${memories} are waiting${refused > 0 ? `, and the embedding server does not take ${refused}` : ''}; ${pgvector}.`
    )
  })
}
