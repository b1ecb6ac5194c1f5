import { sql } from 'kysely'
import { isOneOf } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { countRows } from '../connection/page.ts'

/** A number of memories, and the bytes of their values and of the values of their versions. */
export interface MemoryUsage {
  memories: number
  bytes: number
}

/** Rows of one user's sum, so that as many stores can add to it at once. */
const USAGE_SHARDS = 16

/** Returns what the user stores. */
export async function findMemoryUsage(db: Db, userId: string): Promise<MemoryUsage> {
  return db
    .selectFrom('memory_usage')
    .where('user_id', '=', userId)
    .select([
      sql<number>`coalesce(sum(memories), 0)::float8`.as('memories'),
      sql<number>`coalesce(sum(bytes), 0)::float8`.as('bytes')
    ])
    .executeTakeFirstOrThrow()
}

/** Returns what each of these users stores. Primary key. */
export function listMemoryUsage(db: Db, userIds: readonly string[]) {
  return db
    .selectFrom('memory_usage')
    .where(isOneOf('user_id', userIds))
    .groupBy('user_id')
    .select([
      'user_id',
      sql<number>`coalesce(sum(memories), 0)::float8`.as('memories'),
      sql<number>`coalesce(sum(bytes), 0)::float8`.as('bytes')
    ])
    .execute()
}

/** Counts the former versions of the user's memories; MAX_COUNTED stands for that many or more. */
export function countFormerVersions(db: Db, userId: string): Promise<number> {
  return countRows(
    db,
    db.selectFrom('memory_versions').select('memory_id').where('user_id', '=', userId)
  )
}

/**
 * Adds to the user's usage and returns the sum. It must be the last statement of a transaction: a
 * transaction that holds a shard and waits for another lock can cause a deadlock.
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
          shard: sql<number>`floor(random() * ${USAGE_SHARDS})`,
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
 * Counts again what the user stores. It first writes and so locks all shards: a concurrent store is
 * counted here, or adds itself afterwards.
 */
export async function recountMemoryUsage(trx: Trx, userId: string): Promise<void> {
  const noUsage = { memories: 0, bytes: 0 }
  const emptyShards = Array.from({ length: USAGE_SHARDS }, (_, shard) => ({
    user_id: userId,
    shard,
    ...noUsage
  }))
  await trx
    .insertInto('memory_usage')
    .values(emptyShards)
    .onConflict((conflict) => conflict.columns(['user_id', 'shard']).doUpdateSet(noUsage))
    .execute()
  const memories = await sumStoredValues(trx, userId, 'memories')
  const versions = await sumStoredValues(trx, userId, 'memory_versions')
  await addMemoryUsage(trx, userId, {
    memories: memories.rows,
    bytes: memories.bytes + versions.bytes
  })
}

function sumStoredValues(trx: Trx, userId: string, table: 'memories' | 'memory_versions') {
  return trx
    .selectFrom(table)
    .where('user_id', '=', userId)
    .select(({ fn }) => [
      fn.countAll<number>().as('rows'),
      sql<number>`coalesce(sum(octet_length(value)), 0)::float8`.as('bytes')
    ])
    .executeTakeFirstOrThrow()
}
