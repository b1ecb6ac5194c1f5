import type { Db } from '../../db/connection/connect.ts'
import {
  activateEmbeddingModel,
  completeEmbeddingModel,
  deleteFormerModels,
  type EmbeddingModel,
  listEmbeddingModels,
  registerEmbeddingModel,
  updateWalkPosition
} from '../../db/memory/embedding-models.ts'
import {
  hasMemoriesToEmbed,
  listMemoriesToEmbed,
  listUnwalkedMemories,
  refuseQueuedMemory,
  type MemoryToEmbed
} from '../../db/memory/embedding-queue.ts'
import { keepVectors, type VectorPiece, replaceVectors } from '../../db/memory/vectors.ts'
import { withDeadline } from '../../lib/deadline.ts'
import { type EmbeddingClient, EmbeddingsUnavailableError } from './client.ts'
import { contentDigest, PIECE_LENGTHS, splitForEmbedding, VALUE_LIMIT } from './texts.ts'

const BATCH_TIMEOUT_MS = 60_000
/** Memories of one round, and texts of one request. */
const MEMORIES_PER_ROUND = 16
const TEXTS_PER_REQUEST = 32
/** Rows of former models that are deleted at once. */
const FORMER_ROWS = 5000

export interface EmbeddingWork {
  db: Db
  client: EmbeddingClient
  model: string
  /** Stands before each memory. */
  prefix: string
  signal: AbortSignal
  /** Told of each memory that the server does not take. */
  onRefused: (memory: MemoryToEmbed, error: EmbeddingsUnavailableError) => void
  /** Asked before each request: false gives the work up. */
  mayGoOn: () => Promise<boolean>
}

/** Gives up without complaint: somebody else does the work, or the process ends. */
class EmbeddingAbortedError extends Error {}

/**
 * Embeds all memories that have no vectors of the model for what they say: first what was just
 * written, then what was there before. What is left to do stands in the database alone, so after a
 * restart it goes on where it ended. Returns the model when all are done, undefined when it was
 * given up. Throws EmbeddingsUnavailableError.
 */
export async function embedAllMemories(work: EmbeddingWork): Promise<EmbeddingModel | undefined> {
  try {
    for (;;) {
      const activeModel = await currentModel(work)
      const roundResult = await embedRound(work, activeModel)
      if (roundResult === 'all') return activeModel
    }
  } catch (error) {
    if (error instanceof EmbeddingAbortedError) return undefined
    throw error
  }
}

/** Whether there is nothing to do; asked often, and cheap. */
export async function isAllEmbedded(db: Db, model: string, prefix: string): Promise<boolean> {
  const [only, ...former] = await listEmbeddingModels(db)
  return (
    only !== undefined &&
    former.length === 0 &&
    only.model === model &&
    only.prefix === prefix &&
    only.active &&
    only.completed_at !== null &&
    !(await hasMemoriesToEmbed(db))
  )
}

/**
 * The model as the server answered for it last; it is asked only for one that it never answered
 * for.
 */
async function currentModel(work: EmbeddingWork): Promise<EmbeddingModel> {
  const matchingModels = (await listEmbeddingModels(work.db)).filter(
    ({ model, prefix }) => model === work.model && prefix === work.prefix
  )
  const latestModel = matchingModels.find(({ active }) => active) ?? matchingModels[0]
  if (latestModel) {
    return latestModel.active ? latestModel : activateEmbeddingModel(work.db, latestModel.model_no)
  }
  const [vector] = await requestVectors(work, ['Kagura Memory'])
  return noteDimensions(work, vector!.length)
}

async function noteDimensions(
  { db, model, prefix }: EmbeddingWork,
  dimensions: number
): Promise<EmbeddingModel> {
  return activateEmbeddingModel(
    db,
    (await registerEmbeddingModel(db, model, prefix, dimensions)).model_no
  )
}

async function embedRound(work: EmbeddingWork, model: EmbeddingModel): Promise<'all' | 'some'> {
  const { db } = work
  const batchLimits = { limit: MEMORIES_PER_ROUND, valueLimit: VALUE_LIMIT }
  const queuedMemories = await listMemoriesToEmbed(db, model.model_no, batchLimits)
  if (queuedMemories.length > 0) {
    await embedMemories(work, model, queuedMemories)
    return 'some'
  }
  const unwalkedMemories = await listUnwalkedMemories(db, model, batchLimits)
  if (unwalkedMemories.length > 0) {
    if (await embedMemories(work, model, unwalkedMemories)) {
      await updateWalkPosition(db, model.model_no, unwalkedMemories.at(-1)!)
    }
    return 'some'
  }
  if (model.completed_at === null) await completeEmbeddingModel(db, model.model_no)
  while (!(await deleteFormerModels(db, model.model_no, FORMER_ROWS))) {
    if (!(await work.mayGoOn())) throw new EmbeddingAbortedError()
  }
  return 'all'
}

/**
 * All at once; when the server refuses that, one by one, so that a single memory does not hold up
 * all others. false when another model answers than before.
 */
async function embedMemories(
  work: EmbeddingWork,
  model: EmbeddingModel,
  waiting: readonly MemoryToEmbed[]
): Promise<boolean> {
  const unchangedMemories = waiting.filter((memory) => memory.digest === contentDigest(memory))
  for (const memory of unchangedMemories) {
    await work.db.transaction().execute((trx) => keepVectors(trx, memory, memory.digest!))
  }
  const changedMemories = waiting.filter((memory) => !unchangedMemories.includes(memory))
  try {
    return (
      changedMemories.length === 0 ||
      (await embedBatch(work, model, changedMemories, PIECE_LENGTHS[0]!))
    )
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailableError && error.refused)) throw error
  }
  for (const memory of changedMemories) {
    if (!(await embedSingleMemory(work, model, memory))) return false
  }
  return true
}

/** In ever shorter pieces, until the server takes them. */
async function embedSingleMemory(
  work: EmbeddingWork,
  model: EmbeddingModel,
  memory: MemoryToEmbed
): Promise<boolean> {
  let lastRefusal: EmbeddingsUnavailableError | undefined
  for (const pieceLength of PIECE_LENGTHS) {
    try {
      return await embedBatch(work, model, [memory], pieceLength)
    } catch (error) {
      if (!(error instanceof EmbeddingsUnavailableError && error.refused)) throw error
      lastRefusal = error
    }
  }
  await requestVectors(work, ['Kagura Memory']) // it is this memory's fault only if the server takes anything at all
    .catch((error: unknown) => {
      throw error instanceof EmbeddingsUnavailableError
        ? new EmbeddingsUnavailableError(error.message, {
            ...(error.said !== undefined && { said: error.said })
          })
        : error
    })
  await refuseQueuedMemory(work.db, memory, lastRefusal!.message)
  work.onRefused(memory, lastRefusal!)
  return true
}

async function embedBatch(
  work: EmbeddingWork,
  model: EmbeddingModel,
  waiting: readonly MemoryToEmbed[],
  length: number
): Promise<boolean> {
  const batchTexts = waiting.flatMap((memory) =>
    splitForEmbedding(memory, length).map((text) => ({ memory, ...text }))
  )
  const piecesByMemory = new Map<MemoryToEmbed, VectorPiece[]>(
    waiting.map((memory) => [memory, []])
  )
  for (let at = 0; at < batchTexts.length; at += TEXTS_PER_REQUEST) {
    const requestTexts = batchTexts.slice(at, at + TEXTS_PER_REQUEST)
    const textVectors = await requestVectors(
      work,
      requestTexts.map(({ text }) => work.prefix + text)
    )
    if (textVectors[0]!.length !== model.dimensions) {
      await noteDimensions(work, textVectors[0]!.length)
      return false
    }
    for (const [i, { memory, start }] of requestTexts.entries()) {
      piecesByMemory.get(memory)!.push({ start, vector: textVectors[i]! })
    }
  }
  for (const [memory, some] of piecesByMemory) {
    await work.db
      .transaction()
      .execute((trx) => replaceVectors(trx, memory, model.model_no, contentDigest(memory), some))
  }
  return true
}

async function requestVectors(
  { client, model, signal, mayGoOn }: EmbeddingWork,
  texts: readonly string[]
): Promise<number[][]> {
  if (signal.aborted || !(await mayGoOn())) throw new EmbeddingAbortedError()
  try {
    return await withDeadline(BATCH_TIMEOUT_MS, [signal], (limit) =>
      client.embed(model, texts, limit)
    )
  } catch (error) {
    throw signal.aborted ? new EmbeddingAbortedError() : error
  }
}
