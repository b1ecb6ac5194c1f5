import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** An open link between two memories that says something about their truth. */
export interface TruthLink {
  type: 'supersedes' | 'contradicts'
  /** The memory that was looked up. */
  memory_id: string
  memory_no: number
  memory_namespace: string
  /** The memory that takes its place or contradicts it. */
  by_memory_id: string
  by_memory_no: number
  key: string
  agent_name: string
}

/** Links of one memory that are read. */
const LINKS_EACH = 5

/**
 * What supersedes the given memories, and what contradicts them (in either direction), as far as it
 * holds now and is still there. Looked up node by node (indexes graph_edges_to, graph_edges_from),
 * so the plan needs no statistics.
 */
export async function listTruthLinks(
  db: Db,
  userId: string,
  memories: { ids: readonly string[] } | { numbers: readonly number[] }
): Promise<TruthLink[]> {
  const seeds =
    'ids' in memories
      ? sql`unnest(${[...memories.ids]}::text[]) as seed(value) cross join lateral (
        select memory_id, memory_no, agent_name from memories where user_id = ${userId} and memory_id = seed.value limit 1) as it`
      : sql`unnest(${[...memories.numbers]}::bigint[]) as seed(value) cross join lateral (
        select memory_id, memory_no, agent_name from memories where user_id = ${userId} and memory_no = seed.value limit 1) as it`
  const edges = (
    near: 'from_node' | 'to_node',
    far: 'from_node' | 'to_node',
    types: string[]
  ) => sql`(
    select type, ${sql.ref(far)} as far_node from graph_edges
    where user_id = ${userId} and ${sql.ref(near)} = 'memory:' || it.memory_id and type = any(${types}::text[])
      and valid_from <= now() and (valid_until is null or valid_until > now())
    order by weight desc limit ${LINKS_EACH})`
  const { rows } = await sql<TruthLink>`
    select link.type, it.memory_id, it.memory_no, it.agent_name as memory_namespace,
      m.memory_id as by_memory_id, m.memory_no as by_memory_no, m.key, m.agent_name
    from ${seeds}
    cross join lateral (${edges('to_node', 'from_node', ['supersedes', 'contradicts'])}
      union all ${edges('from_node', 'to_node', ['contradicts'])}) as link
    cross join lateral (select memory_id, memory_no, key, agent_name from memories
      where user_id = ${userId} and memory_id = substr(link.far_node, 8)
        and (expires_at is null or expires_at > now()) limit 1) as m
    where link.far_node like 'memory:%' and m.memory_id <> it.memory_id
    order by link.type desc, m.memory_id`.execute(db)
  return rows
}

/**
 * Another live memory that says the same as this one, without regard to case, punctuation and
 * blanks; the first that was stored (index memories_value_digest). Undefined for long values.
 */
export function findSameValue(
  db: Db,
  userId: string,
  memoryId: string
): Promise<{ key: string; agent_name: string } | undefined> {
  return db
    .selectFrom('memories')
    .select(['key', 'agent_name'])
    .where('user_id', '=', userId)
    .where(
      'value_digest',
      '=',
      db
        .selectFrom('memories')
        .select('value_digest')
        .where('user_id', '=', userId)
        .where('memory_id', '=', memoryId)
    )
    .where('memory_id', '<>', memoryId)
    .where(sql<boolean>`(expires_at is null or expires_at > now())`)
    .orderBy('memory_no')
    .limit(1)
    .executeTakeFirst()
}
