import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { Database, EmbeddingModelsTable } from '../schema/index.ts'

const live = sql<boolean>`(memories.expires_at is null or memories.expires_at > now())`

/** `digest`: of the text that the model's vectors were made of, if there are any. */
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
export interface EmbeddingBatch {
  limit: number
  valueLimit: number
}

/**
 * Memories that were written and have no vectors for it yet, some of each owner, so that nobody
 * waits for somebody else's import.
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
          .where(live)
          .select(columns)
          .select((row) => [valueOf(valueLimit), digestOf(row, modelNo)])
          .limit(limit)
          .as('some'),
      (join) => join.onTrue()
    )
    .selectAll('some')
    .orderBy(sql`random()`)
    .limit(limit)
    .execute()
}

export async function hasMemoriesToEmbed(db: Db): Promise<boolean> {
  return (
    (await db
      .selectFrom('embedding_queue')
      .select('memory_no')
      .where('refused', 'is', null)
      .limit(1)
      .executeTakeFirst()) !== undefined
  )
}

/**
 * Memories that were there before the model, from where the walk ended on, those left out that have
 * their vectors; in the order of the walk.
 */
export function listUnwalkedMemories(
  db: Db,
  { model_no: modelNo, walked_user: user, walked_no: no }: Selectable<EmbeddingModelsTable>,
  { limit, valueLimit }: EmbeddingBatch
): Promise<MemoryToEmbed[]> {
  return db
    .selectFrom('memories')
    .where(sql<boolean>`(memories.user_id, memories.memory_no) > (${user}, ${no}::bigint)`) // index memories_no
    .where(live)
    .where((row) => row.not(hasVectors(row, modelNo)))
    .select(columns)
    .select((row) => [valueOf(valueLimit), digestOf(row, modelNo)])
    .orderBy('memories.user_id')
    .orderBy('memories.memory_no')
    .limit(limit)
    .execute()
}

const columns = [
  'memories.user_id',
  'memories.memory_no',
  'memories.memory_id',
  'memories.version',
  'memories.key',
  'memories.speaker'
] as const

function valueOf(limit: number) {
  return sql<string>`left(memories.value, ${limit})`.as('value')
}

function digestOf(row: ExpressionBuilder<Database, 'memories'>, modelNo: number) {
  return row
    .selectFrom('memory_vectors')
    .select('digest')
    .whereRef('memory_vectors.user_id', '=', 'memories.user_id')
    .where('model_no', '=', modelNo)
    .whereRef('memory_vectors.memory_no', '=', 'memories.memory_no')
    .where('piece', '=', 0)
    .as('digest')
}

function hasVectors(row: ExpressionBuilder<Database, 'memories'>, modelNo: number) {
  return row.exists(
    row
      .selectFrom('memory_vectors')
      .select('piece')
      .whereRef('memory_vectors.user_id', '=', 'memories.user_id')
      .where('model_no', '=', modelNo)
      .whereRef('memory_vectors.memory_no', '=', 'memories.memory_no')
      .where('piece', '=', 0)
      .whereRef('memory_vectors.version', '=', 'memories.version')
  )
}

/**
 * Notes that the embedding server does not take this version of the memory, which is not tried
 * again until it is written.
 */
export async function refuseQueuedMemory(
  db: Db,
  { user_id: userId, memory_no: no, version }: MemoryToEmbed,
  refused: string
): Promise<void> {
  await db
    .insertInto('embedding_queue')
    .columns(['user_id', 'memory_no', 'refused'])
    .expression((from) =>
      from
        .selectFrom('memories')
        .where('user_id', '=', userId)
        .where('memory_no', '=', no)
        .where('version', '=', version)
        .select(['user_id', 'memory_no', sql<string>`${refused}`.as('refused')])
        .forShare()
    )
    .onConflict((conflict) => conflict.columns(['user_id', 'memory_no']).doUpdateSet({ refused }))
    .execute()
}

/**
 * How many memories there are, how many of them have no vectors of the model for what they say now,
 * and how many of these the embedding server does not take.
 */
export async function countMemoriesToEmbed(
  db: Db,
  modelNo: number
): Promise<{ memories: number; waiting: number; refused: number }> {
  const { memories, embedded } = await db
    .selectFrom('memories')
    .where(live)
    .select((row) => [
      sql<number>`count(*)`.as('memories'),
      sql<number>`count(*) filter (where ${hasVectors(row, modelNo)})`.as('embedded')
    ])
    .executeTakeFirstOrThrow()
  const { refused } = await db
    .selectFrom('embedding_queue')
    .where('refused', 'is not', null)
    .select(sql<number>`count(*)`.as('refused'))
    .executeTakeFirstOrThrow()
  return { memories, refused, waiting: Math.max(memories - embedded - refused, 0) }
}
