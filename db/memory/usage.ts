import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

export interface MemoryUsage {
  memories: number
  bytes: number
}

/** So many stores of a user can be counted at once. */
const SHARDS = 16

/** Memories of the user, and the bytes of their values and of those of their versions. */
export async function findMemoryUsage(db: Db, userId: string): Promise<MemoryUsage> {
  const { memories, bytes } = await db
    .selectFrom('memory_usage')
    .where('user_id', '=', userId)
    .select([
      sql<number>`coalesce(sum(memories), 0)::float8`.as('memories'),
      sql<number>`coalesce(sum(bytes), 0)::float8`.as('bytes')
    ])
    .executeTakeFirstOrThrow()
  return { memories, bytes }
}

/**
 * Adds to what the user has stored, and returns the sum. The last statement of a transaction: who
 * holds one of these rows must wait for nothing, or two could wait for each other.
 */
export async function addMemoryUsage(
  trx: Trx,
  userId: string,
  { memories, bytes }: MemoryUsage
): Promise<MemoryUsage> {
  return trx
    .with('counted', (query) =>
      query
        .insertInto('memory_usage')
        .values({
          user_id: userId,
          shard: sql<number>`floor(random() * ${SHARDS})`,
          memories,
          bytes
        })
        .onConflict((conflict) =>
          conflict.columns(['user_id', 'shard']).doUpdateSet({
            memories: sql<number>`memory_usage.memories + excluded.memories`,
            bytes: sql<number>`memory_usage.bytes + excluded.bytes`
          })
        )
        .returning(['shard', 'memories', 'bytes'])
    )
    .with('others', (query) =>
      query
        .selectFrom('memory_usage')
        .select(['memories', 'bytes'])
        .where('user_id', '=', userId)
        .where('shard', 'not in', query.selectFrom('counted').select('shard'))
    )
    .selectFrom((query) =>
      query
        .selectFrom('counted')
        .select(['memories', 'bytes'])
        .unionAll(query.selectFrom('others').select(['memories', 'bytes']))
        .as('shards')
    )
    .select([
      sql<number>`sum(memories)::float8`.as('memories'),
      sql<number>`sum(bytes)::float8`.as('bytes')
    ])
    .executeTakeFirstOrThrow()
}

/**
 * Counts anew what the user has stored. The rows are all there and locked before: a store is
 * counted before that or adds itself afterwards.
 */
export async function recountMemoryUsage(trx: Trx, userId: string): Promise<void> {
  const none = { memories: 0, bytes: 0 }
  await trx
    .insertInto('memory_usage')
    .values(Array.from({ length: SHARDS }, (_, shard) => ({ user_id: userId, shard, ...none })))
    .onConflict((conflict) => conflict.columns(['user_id', 'shard']).doUpdateSet(none))
    .execute()
  const stored = (table: 'memories' | 'memory_versions') =>
    trx
      .selectFrom(table)
      .where('user_id', '=', userId)
      .select(({ fn }) => [
        fn.countAll<number>().as('rows'),
        sql<number>`coalesce(sum(octet_length(value)), 0)::float8`.as('bytes')
      ])
      .executeTakeFirstOrThrow()
  const now = await stored('memories')
  const former = await stored('memory_versions')
  await addMemoryUsage(trx, userId, { memories: now.rows, bytes: now.bytes + former.bytes })
}
