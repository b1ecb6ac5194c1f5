import { type RawBuilder, sql } from 'kysely'
import { isLive } from './conditions.ts'
import { isOneOf, isUnexpired } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'

/** An open link between two memories that bears on whether one of them is true. */
export interface TruthLink {
  type: 'supersedes' | 'contradicts'
  /** The memory that was looked up. */
  memory_id: string
  memory_no: number
  memory_namespace: string
  /** The memory that supersedes or contradicts it. */
  by_memory_id: string
  by_memory_no: number
  key: string
  agent_name: string
}

/** Links that are read of each memory in each direction. */
const MAX_LINKS_EACH = 5

/**
 * Lists what supersedes the given memories now, and what contradicts them in either direction. Both
 * memories must exist. The query goes node by node through indexes graph_edges_to and
 * graph_edges_from, so its plan needs no statistics.
 */
export async function listTruthLinks(
  db: Db,
  userId: string,
  memories: { ids: readonly string[] } | { numbers: readonly number[] }
): Promise<TruthLink[]> {
  return 'ids' in memories
    ? listLinksOfIds(db, { user_id: userId, ids: memories.ids })
    : listLinksOfNumbers(db, { user_id: userId, numbers: memories.numbers })
}

const listLinksOfIds = prepareStatement(
  'list_truth_links_of_ids', // primary key
  (db, { user_id, ids }: Slots<{ user_id: string; ids: readonly string[] }>) => ({
    compile: () =>
      selectTruthLinks(user_id, seedMemories(user_id, sql`${ids}::text[]`, 'memory_id')).compile(db)
  })
)

const listLinksOfNumbers = prepareStatement(
  'list_truth_links_of_numbers', // index memories_number
  (db, { user_id, numbers }: Slots<{ user_id: string; numbers: readonly number[] }>) => ({
    compile: () =>
      selectTruthLinks(
        user_id,
        seedMemories(user_id, sql`${numbers}::bigint[]`, 'memory_no')
      ).compile(db)
  })
)

/** Selects the truth links of the memories `it`: rows of memory_id, memory_no and agent_name. */
export function selectTruthLinks(
  userId: RawBuilder<string>,
  memories: RawBuilder<unknown>
): RawBuilder<TruthLink> {
  const incomingLinks = openLinks(userId, 'to_node', 'from_node', ['supersedes', 'contradicts'])
  const outgoingLinks = openLinks(userId, 'from_node', 'to_node', ['contradicts'])
  return sql<TruthLink>`
    select link.type, it.memory_id, it.memory_no, it.agent_name as memory_namespace,
      m.memory_id as by_memory_id, m.memory_no as by_memory_no, m.key, m.agent_name
    from ${memories}
    cross join lateral (${incomingLinks} union all ${outgoingLinks}) as link
    cross join lateral (
      select memory_id, memory_no, key, agent_name from ${sql.table('memories')} as memories
      where user_id = ${userId} and memory_id = substr(link.far_node, 8) and ${isLive()}
      limit 1) as m
    where link.far_node like 'memory:%' and m.memory_id <> it.memory_id
    order by link.type desc, m.memory_id`
}

/** The memories to look up, as rows `it`. */
function seedMemories(
  userId: RawBuilder<string>,
  values: RawBuilder<unknown>,
  column: 'memory_id' | 'memory_no'
) {
  return sql`unnest(${values}) as seed(value) cross join lateral (
    select memory_id, memory_no, agent_name from ${sql.table('memories')} as memories
    where user_id = ${userId} and ${sql.ref(column)} = seed.value limit 1) as it`
}

function openLinks(
  userId: RawBuilder<string>,
  near: 'from_node' | 'to_node',
  far: 'from_node' | 'to_node',
  types: string[]
) {
  return sql`(
    select type, ${sql.ref(far)} as far_node from ${sql.table('graph_edges')} as graph_edges
    where user_id = ${userId} and ${sql.ref(near)} = 'memory:' || it.memory_id
      and ${isOneOf('type', types)} and valid_from <= now() and ${isUnexpired('valid_until')}
    order by weight desc limit ${MAX_LINKS_EACH})`
}

/**
 * Returns the oldest other live memory with the same value, without regard to case, punctuation and
 * spaces (index memories_value_digest). Undefined for long values, which have no digest.
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
    .where(isLive())
    .orderBy('memory_no')
    .limit(1)
    .executeTakeFirst()
}
