import { sql } from 'kysely'
import { isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'

/**
 * Whether the user has memories in this namespace, or under this key of it. Deleted memories count
 * too (indexes memories_key, memory_versions_key).
 */
export async function hasMemoryName(
  db: Db,
  userId: string,
  { agent_name: agentName, key }: { agent_name: string; key?: string }
): Promise<boolean> {
  for (const tableName of ['memories', 'memory_versions'] as const) {
    const matchingRow = await db
      .selectFrom(tableName)
      .select('user_id')
      .where('user_id', '=', userId)
      .where('agent_name', '=', agentName)
      .$if(key !== undefined, (query) => query.where('key', '=', key!))
      .limit(1)
      .executeTakeFirst()
    if (matchingRow) return true
  }
  return false
}

/** Whether the user has coding sessions or source code of a project with this name. */
export async function hasProjectName(db: Db, userId: string, projectId: string): Promise<boolean> {
  for (const tableName of ['coding_sessions', 'code_projects'] as const) {
    const matchingRow = await db
      .selectFrom(tableName)
      .select('user_id')
      .where('user_id', '=', userId)
      .where('project_id', '=', projectId)
      .limit(1)
      .executeTakeFirst()
    if (matchingRow) return true
  }
  return false
}

/**
 * Lists the first `limit` namespaces in order. Each costs one step in index memories_key, however
 * many memories it has.
 */
export async function listNamespaces(db: Db, userId: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ agent_name: string }>`
    with recursive namespaces (agent_name, position) as (
      (select agent_name, 1 from ${sql.table('memories')} as memories
        where user_id = ${userId} order by agent_name limit 1)
      union all
      select (
        select next.agent_name from ${sql.table('memories')} as next
        where next.user_id = ${userId} and next.agent_name > namespaces.agent_name
        order by next.agent_name limit 1
      ), position + 1
      from namespaces where namespaces.agent_name is not null and position < ${limit}::int
    )
    select agent_name from namespaces where agent_name is not null`.execute(db)
  return rows.map((row) => row.agent_name)
}

/** Counts the live memories of each of these namespaces, up to `limit` each. */
export async function countNamespaces(
  db: Db,
  userId: string,
  names: readonly string[],
  limit: number
): Promise<Map<string, number>> {
  const { rows } = await sql<{ agent_name: string; count: number }>`
    select namespace.agent_name, counted.count
    from unnest(${names}::text[]) as namespace (agent_name)
    cross join lateral (
      select count(*)::int as count from (
        select 1 from ${sql.table('memories')} as memories where user_id = ${userId}
          and memories.agent_name = namespace.agent_name and ${isLive()} limit ${limit}
      ) as matching
    ) as counted`.execute(db)
  return new Map(rows.map((row) => [row.agent_name, row.count]))
}
