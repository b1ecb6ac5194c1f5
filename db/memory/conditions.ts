import { type RawBuilder, sql } from 'kysely'
import { isUnexpired } from '../connection/conditions.ts'

/** One memory, by its key in a namespace or by its id. */
export type MemoryReference = { agent_name: string; key: string } | { memory_id: string }

/** Whether the memory has not expired. Expired ones are invisible until maintenance. */
export function isLive(table = 'memories'): RawBuilder<boolean> {
  return isUnexpired(`${table}.expires_at`)
}

export const hasExpired = sql<boolean>`coalesce(expires_at <= now(), false)`

/** Whether the row is the referenced memory or a version of it. The query also names the owner. */
export function matchesReference(reference: MemoryReference): RawBuilder<boolean> {
  return 'memory_id' in reference // primary keys, or indexes memories_key and memory_versions_key
    ? sql<boolean>`memory_id = ${reference.memory_id}`
    : sql<boolean>`(agent_name = ${reference.agent_name} and key = ${reference.key})`
}

/**
 * Whether the row `deletion` of memory_versions is its memory's last state, so that the memory is
 * still deleted. `owner` is the user's id. PostgreSQL cannot turn these subqueries into joins, so
 * it reads no more than the rows of the memory. It takes `coalesce` for true of every second row,
 * so a page walks its index in order.
 */
export function isLastState(owner: RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`coalesce(
    (select false from ${sql.table('memories')} as memories
      where memories.user_id = ${owner} and memories.memory_id = deletion.memory_id limit 1),
    (select false from ${sql.table('memory_versions')} as later
      where later.user_id = ${owner} and later.memory_id = deletion.memory_id
        and later.version > deletion.version limit 1),
    true)`
}
