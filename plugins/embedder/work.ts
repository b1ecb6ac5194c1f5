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
/** Memories of one round. */
const MEMORIES_PER_ROUND = 16
const TEXTS_PER_REQUEST = 32
/** A text that any server accepts. */
const PROBE_TEXT = 'Kagura Memory'
/** Vectors of former models that one statement deletes. */
const FORMER_ROWS = 5000

export interface EmbeddingWork {
  db: Db
  client: EmbeddingClient
  model: string
  /** Stands before each memory. */
  prefix: string
  signal: AbortSignal
  /** Called with each memory that the server does not accept. */
  onRefused: (memory: MemoryToEmbed, error: EmbeddingsUnavailableError) => void
  /** Called before each request. False ends the work. */
  mayContinue: () => Promise<boolean>
}

/** Ends the work silently: another process has it, or this process ends. */
class EmbeddingAbortedError extends Error {
  override readonly name = 'EmbeddingAbortedError'
}

/**
 * Embeds all memories that have no current vectors of the model: recent changes first, then older
 * memories. The database alone holds what is left to do, so a restart continues where the work
 * ended. Returns the model when all are done, undefined when the work was aborted. Throws
 * EmbeddingsUnavailableError.
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

/** Whether there is nothing to do. A cheap query, because the service runs it every second. */
export async function isAllEmbedded(db: Db, model: string, prefix: string): Promise<boolean> {
  const [onlyModel, ...formerModels] = await listEmbeddingModels(db)
  return (
    onlyModel !== undefined &&
    formerModels.length === 0 &&
    onlyModel.model === model &&
    onlyModel.prefix === prefix &&
    onlyModel.active &&
    onlyModel.completed_at !== null &&
    !(await hasMemoriesToEmbed(db))
  )
}

/** The active model of the database. Only an unknown model needs a request to the server. */
async function currentModel(work: EmbeddingWork): Promise<EmbeddingModel> {
  const matchingModels = (await listEmbeddingModels(work.db)).filter(
    ({ model, prefix }) => model === work.model && prefix === work.prefix
  )
  const latestModel = matchingModels.find(({ active }) => active) ?? matchingModels[0]
  if (latestModel) {
    return latestModel.active ? latestModel : activateEmbeddingModel(work.db, latestModel.model_no)
  }
  const [vector] = await requestVectors(work, [PROBE_TEXT])
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
    if (!(await work.mayContinue())) throw new EmbeddingAbortedError()
  }
  return 'all'
}

/**
 * Embeds the memories in one batch. After a refusal it embeds each alone, so that a single memory
 * does not block the others. False if the server's vectors have another dimension than before.
 */
async function embedMemories(
  work: EmbeddingWork,
  model: EmbeddingModel,
  memories: readonly MemoryToEmbed[]
): Promise<boolean> {
  const unchangedMemories = memories.filter((memory) => memory.digest === contentDigest(memory))
  for (const memory of unchangedMemories) {
    await work.db.transaction().execute((trx) => keepVectors(trx, memory, memory.digest!))
  }
  const changedMemories = memories.filter((memory) => !unchangedMemories.includes(memory))
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

/** Tries ever shorter pieces until the server accepts them. */
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
  await requireWorkingServer(work)
  await refuseQueuedMemory(work.db, memory, lastRefusal!.message)
  work.onRefused(memory, lastRefusal!)
  return true
}

/**
 * The refusal is about the memory only if the server accepts other texts. Throws
 * EmbeddingsUnavailableError, without `refused`.
 */
async function requireWorkingServer(work: EmbeddingWork): Promise<void> {
  try {
    await requestVectors(work, [PROBE_TEXT])
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailableError)) throw error
    const { message, serverText } = error
    throw new EmbeddingsUnavailableError(message, { serverText })
  }
}

async function embedBatch(
  work: EmbeddingWork,
  model: EmbeddingModel,
  memories: readonly MemoryToEmbed[],
  length: number
): Promise<boolean> {
  const batchTexts = memories.flatMap((memory) =>
    splitForEmbedding(memory, length).map((text) => ({ memory, ...text }))
  )
  const piecesByMemory = new Map<MemoryToEmbed, VectorPiece[]>(
    memories.map((memory) => [memory, []])
  )
  for (let offset = 0; offset < batchTexts.length; offset += TEXTS_PER_REQUEST) {
    const requestTexts = batchTexts.slice(offset, offset + TEXTS_PER_REQUEST)
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
  for (const [memory, pieces] of piecesByMemory) {
    await work.db
      .transaction()
      .execute((trx) => replaceVectors(trx, memory, model.model_no, contentDigest(memory), pieces))
  }
  return true
}

async function requestVectors(
  { client, model, signal, mayContinue }: EmbeddingWork,
  texts: readonly string[]
): Promise<number[][]> {
  if (signal.aborted || !(await mayContinue())) throw new EmbeddingAbortedError()
  try {
    return await withDeadline(BATCH_TIMEOUT_MS, [signal], (limit) =>
      client.embed(model, texts, limit)
    )
  } catch (error) {
    throw signal.aborted ? new EmbeddingAbortedError() : error
  }
}
