import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/**
 * Whether the user has memories in this namespace, or under this key of it, deleted ones too
 * (indexes memories_key, memory_versions_key).
 */
export async function hasMemoryName(
  db: Db,
  userId: string,
  { agent_name: agentName, key }: { agent_name: string; key?: string }
): Promise<boolean> {
  for (const table of ['memories', 'memory_versions'] as const) {
    const row = await db
      .selectFrom(table)
      .select('user_id')
      .where('user_id', '=', userId)
      .where('agent_name', '=', agentName)
      .$if(key !== undefined, (query) => query.where('key', '=', key!))
      .limit(1)
      .executeTakeFirst()
    if (row) return true
  }
  return false
}

/** Whether the user has coding sessions or source code under this name of a project. */
export async function hasProjectName(db: Db, userId: string, projectId: string): Promise<boolean> {
  for (const table of ['coding_sessions', 'code_projects'] as const) {
    const row = await db
      .selectFrom(table)
      .select('user_id')
      .where('user_id', '=', userId)
      .where('project_id', '=', projectId)
      .limit(1)
      .executeTakeFirst()
    if (row) return true
  }
  return false
}

/**
 * Namespaces in use, in their order, at most `limit`: one step in the index memories_key for each,
 * however many memories they have.
 */
export async function listNamespaces(db: Db, userId: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ agent_name: string }>`
    with recursive namespaces (agent_name, position) as (
      (select agent_name, 1 from memories where user_id = ${userId} order by agent_name limit 1)
      union all
      select (
        select next.agent_name from memories as next
        where next.user_id = ${userId} and next.agent_name > namespaces.agent_name
        order by next.agent_name limit 1
      ), position + 1
      from namespaces where namespaces.agent_name is not null and position < ${limit}::int
    )
    select agent_name from namespaces where agent_name is not null`.execute(db)
  return rows.map(({ agent_name: agentName }) => agentName)
}

/** Memories of each of these namespaces, counted to `limit` at most. */
export async function countNamespaces(
  db: Db,
  userId: string,
  names: readonly string[],
  limit: number
): Promise<Map<string, number>> {
  const { rows } = await sql<{ agent_name: string; count: number }>`
    select given.agent_name, counted.count from unnest(${names}::text[]) as given (agent_name)
    cross join lateral (
      select count(*)::int as count from (
        select 1 from memories where user_id = ${userId} and memories.agent_name = given.agent_name
          and (expires_at is null or expires_at > now()) limit ${limit}
      ) as matching
    ) as counted`.execute(db)
  return new Map(rows.map(({ agent_name: agentName, count }) => [agentName, count]))
}
