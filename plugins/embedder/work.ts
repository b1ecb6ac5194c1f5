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
import { type EmbeddingClient, EmbeddingsUnavailable } from './client.ts'
import { digestOf, LENGTHS, textsOf, VALUE_LIMIT } from './texts.ts'

const BATCH_TIMEOUT_MS = 60_000
/** Memories of one round, and texts of one request. */
const MEMORIES = 16
const TEXTS = 32
/** Rows of former models that are deleted at once. */
const FORMER = 5000

export interface Work {
  db: Db
  client: EmbeddingClient
  model: string
  /** Stands before each memory. */
  prefix: string
  signal: AbortSignal
  /** Told of each memory that the server does not take. */
  onRefused: (memory: MemoryToEmbed, error: EmbeddingsUnavailable) => void
  /** Asked before each request: false gives the work up. */
  mayGoOn: () => Promise<boolean>
}

/** Gives up without complaint: somebody else does the work, or the process ends. */
class GivenUp extends Error {}

/**
 * Embeds all memories that have no vectors of the model for what they say: first what was just
 * written, then what was there before. What is left to do stands in the database alone, so after a
 * restart it goes on where it ended. Returns the model when all are done, undefined when it was
 * given up. Throws EmbeddingsUnavailable.
 */
export async function embedAll(work: Work): Promise<EmbeddingModel | undefined> {
  try {
    for (;;) {
      const model = await currentModel(work)
      const done = await embedSome(work, model)
      if (done === 'all') return model
    }
  } catch (error) {
    if (error instanceof GivenUp) return undefined
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
async function currentModel(work: Work): Promise<EmbeddingModel> {
  const known = (await listEmbeddingModels(work.db)).filter(
    ({ model, prefix }) => model === work.model && prefix === work.prefix
  )
  const last = known.find(({ active }) => active) ?? known[0]
  if (last) return last.active ? last : activateEmbeddingModel(work.db, last.model_no)
  const [vector] = await ask(work, ['Kagura Memory'])
  return noteDimensions(work, vector!.length)
}

async function noteDimensions(
  { db, model, prefix }: Work,
  dimensions: number
): Promise<EmbeddingModel> {
  return activateEmbeddingModel(
    db,
    (await registerEmbeddingModel(db, model, prefix, dimensions)).model_no
  )
}

async function embedSome(work: Work, model: EmbeddingModel): Promise<'all' | 'some'> {
  const { db } = work
  const portion = { limit: MEMORIES, valueLimit: VALUE_LIMIT }
  const queued = await listMemoriesToEmbed(db, model.model_no, portion)
  if (queued.length > 0) {
    await embedEach(work, model, queued)
    return 'some'
  }
  const unwalked = await listUnwalkedMemories(db, model, portion)
  if (unwalked.length > 0) {
    if (await embedEach(work, model, unwalked)) {
      await updateWalkPosition(db, model.model_no, unwalked.at(-1)!)
    }
    return 'some'
  }
  if (model.completed_at === null) await completeEmbeddingModel(db, model.model_no)
  while (!(await deleteFormerModels(db, model.model_no, FORMER))) {
    if (!(await work.mayGoOn())) throw new GivenUp()
  }
  return 'all'
}

/**
 * All at once; when the server refuses that, one by one, so that a single memory does not hold up
 * all others. false when another model answers than before.
 */
async function embedEach(
  work: Work,
  model: EmbeddingModel,
  waiting: readonly MemoryToEmbed[]
): Promise<boolean> {
  const same = waiting.filter((memory) => memory.digest === digestOf(memory))
  for (const memory of same) {
    await work.db.transaction().execute((trx) => keepVectors(trx, memory, memory.digest!))
  }
  const changed = waiting.filter((memory) => !same.includes(memory))
  try {
    return changed.length === 0 || (await embed(work, model, changed, LENGTHS[0]!))
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailable && error.refused)) throw error
  }
  for (const memory of changed) if (!(await embedOne(work, model, memory))) return false
  return true
}

/** In ever shorter pieces, until the server takes them. */
async function embedOne(
  work: Work,
  model: EmbeddingModel,
  memory: MemoryToEmbed
): Promise<boolean> {
  let refusal: EmbeddingsUnavailable | undefined
  for (const length of LENGTHS) {
    try {
      return await embed(work, model, [memory], length)
    } catch (error) {
      if (!(error instanceof EmbeddingsUnavailable && error.refused)) throw error
      refusal = error
    }
  }
  await ask(work, ['Kagura Memory']) // it is this memory's fault only if the server takes anything at all
    .catch((error: unknown) => {
      throw error instanceof EmbeddingsUnavailable
        ? new EmbeddingsUnavailable(error.message, {
            ...(error.said !== undefined && { said: error.said })
          })
        : error
    })
  await refuseQueuedMemory(work.db, memory, refusal!.message)
  work.onRefused(memory, refusal!)
  return true
}

async function embed(
  work: Work,
  model: EmbeddingModel,
  waiting: readonly MemoryToEmbed[],
  length: number
): Promise<boolean> {
  const texts = waiting.flatMap((memory) =>
    textsOf(memory, length).map((text) => ({ memory, ...text }))
  )
  const pieces = new Map<MemoryToEmbed, VectorPiece[]>(waiting.map((memory) => [memory, []]))
  for (let at = 0; at < texts.length; at += TEXTS) {
    const some = texts.slice(at, at + TEXTS)
    const vectors = await ask(
      work,
      some.map(({ text }) => work.prefix + text)
    )
    if (vectors[0]!.length !== model.dimensions) {
      await noteDimensions(work, vectors[0]!.length)
      return false
    }
    for (const [i, { memory, start }] of some.entries()) {
      pieces.get(memory)!.push({ start, vector: vectors[i]! })
    }
  }
  for (const [memory, some] of pieces) {
    await work.db
      .transaction()
      .execute((trx) => replaceVectors(trx, memory, model.model_no, digestOf(memory), some))
  }
  return true
}

async function ask(
  { client, model, signal, mayGoOn }: Work,
  texts: readonly string[]
): Promise<number[][]> {
  if (signal.aborted || !(await mayGoOn())) throw new GivenUp()
  try {
    return await withDeadline(BATCH_TIMEOUT_MS, [signal], (limit) =>
      client.embed(model, texts, limit)
    )
  } catch (error) {
    throw signal.aborted ? new GivenUp() : error
  }
}
