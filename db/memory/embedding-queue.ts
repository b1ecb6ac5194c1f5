import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import { isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'
import { countRows } from '../connection/page.ts'
import type { Database, EmbeddingModelsTable } from '../schema/index.ts'

/** `digest`: of the text behind the memory's present vectors; null if it has none. */
export interface MemoryToEmbed {
  user_id: string
  memory_no: number
  memory_id: string
  version: number
  key: string
  value: string
  speaker: string | null
  digest: string | null
}
/** Limits of one batch: the number of memories, and the characters of each value. */
export interface EmbeddingBatch {
  limit: number
  valueLimit: number
}

const embeddedColumns = [
  'memories.user_id',
  'memories.memory_no',
  'memories.memory_id',
  'memories.version',
  'memories.key',
  'memories.speaker'
] as const

/**
 * Lists queued memories in random order, some of each owner. So nobody waits for the import of
 * another user.
 */
export function listMemoriesToEmbed(
  db: Db,
  modelNo: number,
  { limit, valueLimit }: EmbeddingBatch
): Promise<MemoryToEmbed[]> {
  return db
    .selectFrom((from) =>
      from
        .selectFrom('embedding_queue')
        .select('user_id')
        .distinct()
        .where('refused', 'is', null)
        .as('owners')
    )
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('embedding_queue as queued')
          .whereRef('queued.user_id', '=', 'owners.user_id')
          .where('queued.refused', 'is', null)
          .innerJoin('memories', (join) =>
            join
              .onRef('memories.user_id', '=', 'queued.user_id')
              .onRef('memories.memory_no', '=', 'queued.memory_no')
          )
          .where(isLive())
          .select(embeddedColumns)
          .select((row) => [embeddedText(valueLimit), vectorDigest(row, modelNo)])
          .limit(limit)
          .as('some'),
      (join) => join.onTrue()
    )
    .selectAll('some')
    .orderBy(sql`random()`)
    .limit(limit)
    .execute()
}

/** The memories of a user that wait for their vectors; MAX_COUNTED stands for that or more. */
export function countWaitingMemories(db: Db, userId: string): Promise<number> {
  return countRows(
    db,
    db
      .selectFrom('embedding_queue')
      .select('memory_no')
      .where('user_id', '=', userId)
      .where('refused', 'is', null)
  )
}

/** Whether any memory waits for its vectors. Refused ones do not wait. */
export async function hasMemoriesToEmbed(db: Db): Promise<boolean> {
  const queuedMemory = await db
    .selectFrom('embedding_queue')
    .select('memory_no')
    .where('refused', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return queuedMemory !== undefined
}

/**
 * Lists memories that are older than the model and have no vectors of it yet. The walk goes on
 * behind the model's position, in the order of index memories_no.
 */
export function listUnwalkedMemories(
  db: Db,
  model: Pick<Selectable<EmbeddingModelsTable>, 'model_no' | 'walked_user' | 'walked_no'>,
  { limit, valueLimit }: EmbeddingBatch
): Promise<MemoryToEmbed[]> {
  return db
    .selectFrom('memories')
    .where(
      sql<boolean>`(memories.user_id, memories.memory_no)
        > (${model.walked_user}, ${model.walked_no}::bigint)`
    )
    .where(isLive())
    .where((row) => row.not(hasCurrentVectors(row, model.model_no)))
    .select(embeddedColumns)
    .select((row) => [embeddedText(valueLimit), vectorDigest(row, model.model_no)])
    .orderBy('memories.user_id')
    .orderBy('memories.memory_no')
    .limit(limit)
    .execute()
}

function embeddedText(valueLimit: number) {
  return sql<string>`left(memories.value, ${valueLimit})`.as('value')
}

/** The first piece of the memory's vectors. Every memory with vectors has it. */
function firstPiece(row: ExpressionBuilder<Database, 'memories'>, modelNo: number) {
  return row
    .selectFrom('memory_vectors')
    .whereRef('memory_vectors.user_id', '=', 'memories.user_id')
    .where('model_no', '=', modelNo)
    .whereRef('memory_vectors.memory_no', '=', 'memories.memory_no')
    .where('piece', '=', 0)
}

function vectorDigest(row: ExpressionBuilder<Database, 'memories'>, modelNo: number) {
  return firstPiece(row, modelNo).select('digest').as('digest')
}

function hasCurrentVectors(row: ExpressionBuilder<Database, 'memories'>, modelNo: number) {
  return row.exists(
    firstPiece(row, modelNo)
      .select('piece')
      .whereRef('memory_vectors.version', '=', 'memories.version')
  )
}

/**
 * Records why the embedding server refuses this version of the memory. Nothing tries it again until
 * the memory is written.
 */
export async function refuseQueuedMemory(
  db: Db,
  memory: MemoryToEmbed,
  refused: string
): Promise<void> {
  await db
    .insertInto('embedding_queue')
    .columns(['user_id', 'memory_no', 'refused'])
    .expression((from) =>
      from
        .selectFrom('memories')
        .where('user_id', '=', memory.user_id)
        .where('memory_no', '=', memory.memory_no)
        .where('version', '=', memory.version)
        .select(['user_id', 'memory_no', sql<string>`${refused}`.as('refused')])
        .forShare()
    )
    .onConflict((conflict) => conflict.columns(['user_id', 'memory_no']).doUpdateSet({ refused }))
    .execute()
}

/**
 * Counts the live memories, those that wait for vectors of their present version, and those that
 * the embedding server refuses.
 */
export async function countMemoriesToEmbed(
  db: Db,
  modelNo: number
): Promise<{ memories: number; waiting: number; refused: number }> {
  const { memories, embedded } = await db
    .selectFrom('memories')
    .where(isLive())
    .select((row) => [
      sql<number>`count(*)`.as('memories'),
      sql<number>`count(*) filter (where ${hasCurrentVectors(row, modelNo)})`.as('embedded')
    ])
    .executeTakeFirstOrThrow()
  const { refused } = await db
    .selectFrom('embedding_queue')
    .where('refused', 'is not', null)
    .select(sql<number>`count(*)`.as('refused'))
    .executeTakeFirstOrThrow()
  return { memories, refused, waiting: Math.max(memories - embedded - refused, 0) }
}

/** How far the embedding of one user's memories is; counts end at MAX_COUNTED. */
export interface EmbeddingProgress {
  dimensions: number
  /** Every memory of the user that is not waiting has vectors. */
  walked: boolean
  waiting: number
  refused: number
}

/** How far the active model is with the user's memories; undefined if it has not begun. */
export async function findEmbeddingProgress(
  db: Db,
  userId: string,
  modelName: string
): Promise<EmbeddingProgress | undefined> {
  const model = await db
    .selectFrom('embedding_models')
    .select(['dimensions'])
    .select(({ selectFrom }) => [
      sql<boolean>`completed_at is not null or (walked_user, walked_no) >= (${userId}, coalesce(${selectFrom(
        'memories'
      )
        .select('memory_no')
        .where('user_id', '=', userId)
        .orderBy('memory_no', 'desc')
        .limit(1)}, 0))`.as('walked')
    ])
    .where('active', '=', true)
    .where('model', '=', modelName)
    .executeTakeFirst()
  if (!model) return undefined
  const queue = db.selectFrom('embedding_queue').select('memory_no').where('user_id', '=', userId)
  return {
    ...model,
    waiting: await countRows(db, queue.where('refused', 'is', null)),
    refused: await countRows(db, queue.where('refused', 'is not', null))
  }
}
