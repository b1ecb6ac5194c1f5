import type { Db } from '../../db/connection/connect.ts'
import { listEmbeddingModels } from '../../db/memory/embedding-models.ts'
import { countMemoriesToEmbed } from '../../db/memory/embedding-queue.ts'
import { hasPgvector } from '../../db/memory/vector-indexes.ts'
import type { Config } from '../config/index.ts'
import { createEmbeddingClient, EmbeddingsUnavailableError } from '../embedder/client.ts'
import { offerOllama } from '../embedder/ollama.ts'
import { type Check, checkWithAdvice, failedCheck, passedCheck } from './visit.ts'

const TIMEOUT_MS = 10_000
/** The result of npm run bench -- recall; docs/architecture.md has the table. */
const MEASURED_GAIN =
  'On the LoCoMo conversations it raises recall@10 from .79 (keywords only) to .80 with a weak ' +
  'model and .83 with a strong one.'

/**
 * Checks whether semantic search is configured, whether its server answers, and how many memories
 * are waiting. Call it only if the database answers.
 */
export async function checkEmbeddings(db: Db, config: Config): Promise<Check[]> {
  const { EMBEDDINGS_URL: url, EMBEDDINGS_MODEL: model = '' } = config
  if (url === undefined) return [await checkOllamaOffer(config)]
  return [
    passedCheck('embeddings', `Configured: ${model} at ${url}. ${MEASURED_GAIN}`),
    await checkEmbeddingServer(config, url, model),
    await checkWaitingMemories(db, model, config.EMBEDDINGS_DOCUMENT_PREFIX ?? '')
  ]
}

/** Suggests the settings for Ollama if it answers on this machine. */
async function checkOllamaOffer({ OLLAMA_HOST: host }: Config): Promise<Check> {
  const currentState = 'EMBEDDINGS_URL is not set, so search matches keywords only.'
  const ollamaOffer = await offerOllama(host)
  if (!ollamaOffer) return passedCheck('embeddings', currentState)
  const pullStep = ollamaOffer.command === undefined ? '' : `run ${ollamaOffer.command}, then `
  return checkWithAdvice(
    'embeddings',
    `${currentState} Ollama answers on this machine.`,
    `To also find memories by meaning, ${pullStep}put these lines into .env and restart the ` +
      `server:\n${ollamaOffer.settings.join('\n')}`
  )
}

async function checkEmbeddingServer(
  { EMBEDDINGS_API_KEY: apiKey }: Config,
  url: string,
  model: string
): Promise<Check> {
  const startedAt = performance.now()
  try {
    const [vector] = await createEmbeddingClient({ url, apiKey }).embed(
      model,
      ['Kagura Memory'],
      AbortSignal.timeout(TIMEOUT_MS)
    )
    const elapsedMs = Math.round(performance.now() - startedAt)
    return passedCheck(
      'embedding server',
      `It answers with ${vector!.length} dimensions in ${elapsedMs} ms.`
    )
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailableError)) throw error
    const { message, serverText } = error
    return failedCheck(
      'embedding server',
      message[0]!.toUpperCase() + `${message.slice(1)}${serverText ? `: ${serverText}` : ''}.`,
      'Check that it runs, that EMBEDDINGS_URL leads to it (http://localhost:11434 for Ollama, ' +
        'https://api.openai.com), that it has EMBEDDINGS_MODEL, and EMBEDDINGS_API_KEY. ' +
        'Until then search matches keywords only.'
    )
  }
}

async function checkWaitingMemories(db: Db, model: string, prefix: string): Promise<Check> {
  const checkName = 'embedded memories'
  const activeModel = (await listEmbeddingModels(db)).find(
    (knownModel) => knownModel.active && knownModel.model === model && knownModel.prefix === prefix
  )
  if (!activeModel) {
    return passedCheck(
      checkName,
      'None yet: the server starts when the embedding server has answered.'
    )
  }
  const { memories, waiting, refused } = await countMemoriesToEmbed(db, activeModel.model_no)
  const refusedText = refused > 0 ? `, and the embedding server refuses ${refused}` : ''
  const pgvectorText = (await hasPgvector(db))
    ? 'pgvector is installed'
    : 'pgvector is not installed, so large collections use an approximate first search'
  return passedCheck(
    checkName,
    `${waiting} of ${memories} are waiting${refusedText}; ${pgvectorText}.`
  )
}
