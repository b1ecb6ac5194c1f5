import { sql } from 'kysely'
import { versionColumns } from './columns.ts'
import { isLastState, matchesReference, type MemoryReference } from './conditions.ts'
import type { Trx } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'
import { withoutLimit } from '../connection/prepared.ts'

/** What a user loses: the number of memories, and the bytes of their values. */
export interface ClearedMemories {
  user_id: string
  memories: number
  bytes: number
}

const stateColumns = sql.join(['user_id', ...versionColumns].map((column) => sql.ref(column)))

/**
 * Turns expired memories into deletions, at most `limit` per call, and returns the sums of each
 * user. Concurrent calls take different memories (index memories_expiry).
 */
export async function expireMemories(trx: Trx, limit: number): Promise<ClearedMemories[]> {
  const { rows } = await sql<ClearedMemories>`
    with expired as (
      select user_id, memory_id from memories where expires_at <= now()
      order by user_id, memory_id limit ${limit} for update skip locked),
    deleted_memories as (
      delete from memories using expired
      where memories.user_id = expired.user_id and memories.memory_id = expired.memory_id
      returning memories.*),
    last_versions as (
      insert into memory_versions (${stateColumns}) select ${stateColumns} from deleted_memories),
    deletions as (
      insert into memory_versions (user_id, memory_id, version, deleted, agent_name, key,
        created_at, value, tags, importance, type, metadata, source, access_count, useful_count,
        irrelevant_count, outdated_count, updated_at)
      select user_id, memory_id, version + 1, true, agent_name, key,
        created_at, '', '[]', 0, '', '{}', '{"kind": "expiry", "name": "expiry"}', 0, 0,
        0, 0, clock_timestamp()
      from deleted_memories)
    select user_id, -count(*) as memories, 0 as bytes from deleted_memories
    group by user_id order by user_id`.execute(trx)
  return rows
}

/**
 * Deletes all versions of memories that were deleted at least `days` ago and not restored. At most
 * `limit` memories per call; returns the sums of each user (index memory_versions_deleted).
 */
export async function clearDeletedMemories(
  trx: Trx,
  days: number,
  limit: number
): Promise<ClearedMemories[]> {
  const { rows } = await sql<ClearedMemories>`
    with final as (
      select user_id, memory_id from memory_versions deletion
      where deleted and updated_at <= now() - make_interval(days => ${days})
        and ${isLastState(sql.ref('deletion.user_id'))}
      order by user_id, memory_id limit ${limit} for update skip locked),
    cleared as (
      delete from memory_versions former using final
      where former.user_id = final.user_id and former.memory_id = final.memory_id
      returning former.user_id, octet_length(former.value) as bytes)
    select user_id, 0 as memories, -sum(bytes)::float8 as bytes from cleared
    group by user_id order by user_id`.execute(trx)
  return rows
}

/**
 * What to purge: the memories of a key, one memory, the deleted memories that could be restored, or
 * everything.
 */
export type PurgeSelection = MemoryReference | 'deleted' | 'all'

/**
 * Deletes memories for good: rows, search terms and versions. Returns the number of memories, and
 * of versions of present and deleted memories.
 */
export async function purgeMemories(
  trx: Trx,
  userId: string,
  selection: PurgeSelection
): Promise<{ memories: number; versions: number }> {
  const isSelected =
    typeof selection === 'string'
      ? sql<boolean>`${sql.lit(selection === 'all')}`
      : matchesReference(selection)
  const isDeleted = sql<boolean>`not ${isAmong(
    'memory_id',
    sql`select memory_id from memories where user_id = ${userId}`
  )}`
  return withoutLimit(trx, async () => {
    const memories = await trx
      .deleteFrom('memories')
      .where('user_id', '=', userId)
      .where(isSelected)
      .executeTakeFirstOrThrow()
    const versions = await trx
      .deleteFrom('memory_versions')
      .where('user_id', '=', userId)
      .where(selection === 'deleted' ? isDeleted : isSelected)
      .executeTakeFirstOrThrow()
    return {
      memories: Number(memories.numDeletedRows),
      versions: Number(versions.numDeletedRows)
    }
  })
}
