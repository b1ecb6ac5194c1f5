import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { Source } from '../schema/index.ts'

type Which = { agent_name: string; key: string } | { memory_id: string }

/** What every state of a memory has, the present one and the former ones. */
const columns = [
  'memory_id',
  'version',
  'agent_name',
  'key',
  'tags',
  'importance',
  'type',
  'expires_at',
  'updated_at'
] as const
const writer = sql<Source>`coalesce(written_by, source)`
const written = sql<Date>`coalesce(written_at, updated_at)`

/** All states of the user's memories, present and former. */
function states(db: Db, userId: string) {
  const present = db
    .selectFrom('memories')
    .select(columns)
    .select([
      'value',
      sql<boolean>`false`.as('deleted'),
      sql<boolean>`(expires_at is null or expires_at > now())`.as('present'),
      writer.as('writer'),
      written.as('written')
    ])
    .where('user_id', '=', userId)
  const former = db
    .selectFrom('memory_versions')
    .select(columns)
    .select([
      'value',
      'deleted',
      sql<boolean>`false`.as('present'),
      writer.as('writer'),
      written.as('written')
    ])
    .where('user_id', '=', userId)
  return { present, former }
}

export interface HistoryPage {
  limit: number
  /** States that were seen already. */
  offset: number
  /** Characters of each value that are returned. */
  valueLimit: number
}

/**
 * The states of a memory, newest first; of several that had one key after another the last one
 * first. `value_length` is the length of the whole value.
 */
export function listHistory(
  db: Db,
  userId: string,
  which: Which,
  { limit, offset, valueLimit }: HistoryPage
) {
  const { present, former } = states(db, userId)
  const chosen = <Q extends { where: (...args: any[]) => any }>(query: Q): Q =>
    'key' in which
      ? query.where('agent_name', '=', which.agent_name).where('key', '=', which.key) // index memories_key, memory_versions_key
      : query.where('memory_id', '=', which.memory_id) // primary keys
  // The page first, or the values of all states would be read.
  const page = db
    .selectFrom(chosen(present).unionAll(chosen(former)).as('states'))
    .select([...columns, 'value', 'deleted', 'present', 'writer', 'written'])
    .select(sql<boolean>`bool_or(present) over (partition by memory_id)`.as('alive'))
    .select(sql<Date>`max(written) over (partition by memory_id)`.as('last'))
    .orderBy('alive', 'desc')
    .orderBy('last', 'desc')
    .orderBy('memory_id')
    .orderBy('version', 'desc')
    .limit(limit)
    .offset(offset)
  return db
    .selectFrom(page.as('page'))
    .select([...columns, 'deleted', 'present', 'writer', 'written'])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length')
    ])
    .orderBy('alive', 'desc')
    .orderBy('last', 'desc')
    .orderBy('memory_id')
    .orderBy('version', 'desc')
    .execute()
}

/** Whose writes are meant: any one of these that is given. */
export interface WriterFilter {
  client_id?: string
  grant_id?: string
  key_id?: string
  name?: string
}

function by(wanted: WriterFilter) {
  return sql<boolean>`(${sql.join(
    Object.entries(wanted).map(([name, value]) => sql`writer ->> ${name}::text = ${value}`),
    sql` or `
  )})`
}

/** The ids of the memories that they wrote, changed or deleted since then, in order. */
export async function listTouchedMemories(
  db: Db,
  userId: string,
  wanted: WriterFilter,
  since: Date
): Promise<string[]> {
  const { present, former } = states(db, userId)
  const rows = await db
    .selectFrom(present.unionAll(former).as('states'))
    .select('memory_id')
    .distinct()
    .where('written', '>=', since)
    .where(by(wanted))
    .orderBy('memory_id')
    .execute()
  return rows.map(({ memory_id: id }) => id)
}

/** The names of those who wrote since then, at most 20. */
export async function listWriters(db: Db, userId: string, since: Date): Promise<string[]> {
  const { present, former } = states(db, userId)
  const rows = await db
    .selectFrom(present.unionAll(former).as('states'))
    .select(sql<string>`writer ->> 'name'`.as('name'))
    .distinct()
    .where('written', '>=', since)
    .orderBy('name')
    .limit(20)
    .execute()
  return rows.map(({ name }) => name)
}

/** One state of a memory. `theirs`: written by those since then. `over`: it has passed its end. */
export interface MemoryState {
  memory_id: string
  version: number
  agent_name: string
  key: string
  deleted: boolean
  present: boolean
  over: boolean
  theirs: boolean
  writer: Source
  written: Date
}

/** All states of these memories, by memory, the newest first. */
export function listMemoryStates(
  db: Db,
  userId: string,
  memoryIds: string[],
  wanted: WriterFilter,
  since: Date
): Promise<MemoryState[]> {
  const { present, former } = states(db, userId)
  return db
    .selectFrom(present.unionAll(former).as('states'))
    .select([
      'memory_id',
      'version',
      'agent_name',
      'key',
      'deleted',
      'present',
      'writer',
      'written',
      sql<boolean>`coalesce(expires_at <= now(), false)`.as('over'),
      sql<boolean>`coalesce(written >= ${since}::timestamptz and ${by(wanted)}, false)`.as('theirs')
    ])
    .where(sql<boolean>`memory_id = any(${memoryIds}::text[])`)
    .orderBy('memory_id')
    .orderBy('version', 'desc')
    .execute()
}
