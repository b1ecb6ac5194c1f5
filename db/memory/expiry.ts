import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'
import { withoutLimit } from '../connection/prepared.ts'

export interface ClearedMemories {
  user_id: string
  memories: number
  bytes: number
}

const both = sql.raw(['agent_name', 'key', 'created_at'].join(', '))
const content = sql.raw(
  [
    'value',
    'tags',
    'importance',
    'type',
    'metadata',
    'source',
    'session_id',
    'speaker',
    'occurred_at',
    'expires_at',
    'access_count',
    'last_accessed_at',
    'useful_count',
    'irrelevant_count',
    'outdated_count',
    'updated_at',
    'written_at',
    'written_by'
  ].join(', ')
)

/**
 * Turns memories that have passed their end into deletions, at most `limit`; by user. On several
 * nodes at once each takes others (index memories_expiry).
 */
export async function expireMemories(trx: Trx, limit: number): Promise<ClearedMemories[]> {
  const { rows } = await sql<ClearedMemories>`
    with over as (select user_id, memory_id from memories where expires_at <= now() order by user_id, memory_id limit ${limit} for update skip locked),
    gone as (delete from memories using over where memories.user_id = over.user_id and memories.memory_id = over.memory_id returning memories.*),
    kept as (insert into memory_versions (user_id, memory_id, version, ${both}, ${content}) select user_id, memory_id, version, ${both}, ${content} from gone),
    noted as (insert into memory_versions (user_id, memory_id, version, deleted, ${both}, value, tags, importance, type, metadata, source, access_count,
        useful_count, irrelevant_count, outdated_count, updated_at)
      select user_id, memory_id, version + 1, true, ${both}, '', '[]', 0, '', '{}', '{"kind": "expiry", "name": "expiry"}', 0, 0, 0, 0, clock_timestamp() from gone)
    select user_id, -count(*) as memories, 0 as bytes from gone group by user_id order by user_id`.execute(
    trx
  )
  return rows
}

/**
 * Clears what was deleted `days` ago and not restored, with all its versions, at most `limit`
 * memories; by user (index memory_versions_deleted).
 */
export async function clearDeletedMemories(
  trx: Trx,
  days: number,
  limit: number
): Promise<ClearedMemories[]> {
  const { rows } = await sql<ClearedMemories>`
    with final as (select user_id, memory_id from memory_versions deletion
      where deleted and updated_at <= now() - make_interval(days => ${days})
        and not exists (select from memory_versions later where later.user_id = deletion.user_id and later.memory_id = deletion.memory_id and later.version > deletion.version)
        and not exists (select from memories where memories.user_id = deletion.user_id and memories.memory_id = deletion.memory_id)
      order by user_id, memory_id limit ${limit} for update skip locked),
    gone as (delete from memory_versions former using final where former.user_id = final.user_id and former.memory_id = final.memory_id
      returning former.user_id, octet_length(former.value) as bytes)
    select user_id, 0 as memories, -sum(bytes)::float8 as bytes from gone group by user_id order by user_id`.execute(
    trx
  )
  return rows
}

/**
 * What is purged: a key's memories, one memory, what is deleted and could be restored, or
 * everything.
 */
export type PurgeSelection =
  { agent_name: string; key: string } | { memory_id: string } | 'deleted' | 'all'

/**
 * Deletes memories for good: rows, search terms and versions. Returns how many memories there were,
 * and versions of these and of deleted ones.
 */
export async function purgeMemories(
  trx: Trx,
  userId: string,
  which: PurgeSelection
): Promise<{ memories: number; versions: number }> {
  const chosen =
    typeof which === 'string'
      ? which === 'all'
        ? sql<boolean>`true`
        : sql<boolean>`false`
      : 'key' in which
        ? sql<boolean>`agent_name = ${which.agent_name} and key = ${which.key}`
        : sql<boolean>`memory_id = ${which.memory_id}`
  const former = trx
    .deleteFrom('memory_versions')
    .where('user_id', '=', userId)
    .$if(which !== 'deleted', (query) => query.where(chosen))
    .$if(which === 'deleted', (query) =>
      query.where(
        sql<boolean>`not ${isAmong(
          'memory_id',
          sql`select memory_id from memories where user_id = ${userId}`
        )}`
      )
    )
  return withoutLimit(trx, async () => {
    const { numDeletedRows: memories } = await trx
      .deleteFrom('memories')
      .where('user_id', '=', userId)
      .where(chosen)
      .executeTakeFirstOrThrow()
    const { numDeletedRows: versions } = await former.executeTakeFirstOrThrow()
    return { memories: Number(memories), versions: Number(versions) }
  })
}
