import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import { isLive, type MemoryReference } from './conditions.ts'
import type { Memory } from './memories.ts'
import { selectTruthLinks, type TruthLink } from './relations.ts'

/** The columns of a memory that an answer shows. */
const answerColumns = [
  'memory_id',
  'agent_name',
  'key',
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
  'pinned_at',
  'created_at',
  'updated_at'
] as const satisfies Array<keyof Memory>

/** What an answer shows of a memory. */
export type AnsweredMemory = Pick<Memory, (typeof answerColumns)[number]>

/** A memory with the links that say whether it is still true. */
export interface MemoryWithLinks {
  memory: AnsweredMemory
  truthLinks: TruthLink[]
}

const findByKey = prepareLookup(
  'find_memory_by_key', // index memories_key
  ['user_id', 'agent_name', 'key'],
  (db, { user_id, agent_name, key }) =>
    selectWithLinks(db, user_id, sql<boolean>`m.agent_name = ${agent_name} and m.key = ${key}`),
  { inLane: false }
)

const findById = prepareLookup(
  'find_memory_by_id', // primary key
  ['user_id', 'memory_id'],
  (db, { user_id, memory_id }) =>
    selectWithLinks(db, user_id, sql<boolean>`m.memory_id = ${memory_id}`),
  { inLane: false }
)

function selectWithLinks(db: Db, userId: RawBuilder<string>, isMeant: RawBuilder<boolean>) {
  const itself = sql`(select m.memory_id, m.memory_no, m.agent_name) as it`
  return db
    .selectFrom('memories as m')
    .select(answerColumns.map((column) => `m.${column}` as const))
    .select(
      sql<TruthLink[]>`array(select row_to_json(truth)
        from (${selectTruthLinks(userId, itself)}) as truth)`.as('truth_links')
    )
    .where('m.user_id', '=', userId)
    .where(isMeant)
    .where(isLive('m'))
}

/**
 * The memory with its truth links, in one look-up; undefined if there is none or it has expired.
 * Concurrent callers may share the answer.
 */
export async function findMemoryWithLinks(
  db: Db,
  userId: string,
  reference: MemoryReference
): Promise<MemoryWithLinks | undefined> {
  const row =
    'memory_id' in reference
      ? await findById(db, { user_id: userId, memory_id: reference.memory_id })
      : await findByKey(db, {
          user_id: userId,
          agent_name: reference.agent_name,
          key: reference.key
        })
  if (!row) return undefined
  const { truth_links: truthLinks, ...memory } = row
  return { memory, truthLinks }
}

/** Uses of one memory that were not written yet. */
export interface MemoryUses {
  user_id: string
  memory_id: string
  uses: number
  last_used: Date
}

/**
 * Adds uses to the counts of memories, and returns the ids of those it reached. It waits for no
 * lock, so it leaves out memories that somebody else changes at this moment.
 */
export async function addMemoryUses(db: Db, counted: readonly MemoryUses[]): Promise<Set<string>> {
  const reached = await db
    .with('reachable', (query) =>
      query
        .selectFrom(useRows(counted))
        .innerJoinLateral(
          (from) =>
            from
              .selectFrom('memories')
              .whereRef('memories.user_id', '=', 'used.user_id')
              .whereRef('memories.memory_id', '=', 'used.memory_id') // primary key
              .select('memory_no')
              .forNoKeyUpdate()
              .skipLocked()
              .as('free'),
          (join) => join.onTrue()
        )
        .select(['free.memory_no', 'used.uses', 'used.last_used'])
    )
    .updateTable('memories')
    .from('reachable')
    .set({
      access_count: sql<number>`access_count + reachable.uses`,
      last_accessed_at: sql<Date>`greatest(last_accessed_at, reachable.last_used)`
    })
    .whereRef('memories.memory_no', '=', 'reachable.memory_no') // index memories_number
    .returning('memories.memory_id')
    .execute()
  return new Set(reached.map(({ memory_id: memoryId }) => memoryId))
}

function useRows(counted: readonly MemoryUses[]) {
  return sql<MemoryUses>`unnest(${counted.map((use) => use.user_id)}::text[],
    ${counted.map((use) => use.memory_id)}::text[], ${counted.map(({ uses }) => uses)}::integer[],
    ${counted.map((use) => use.last_used)}::timestamptz[])`.as<'used'>(
    sql`used(user_id, memory_id, uses, last_used)`
  )
}
