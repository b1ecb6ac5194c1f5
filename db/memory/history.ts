import { sql } from 'kysely'
import { valueBeginning } from './columns.ts'
import { hasExpired, isLive, matchesReference, type MemoryReference } from './conditions.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { isWrittenBy, isWrittenSince, rowWriter, type WriterFilter } from '../connection/writers.ts'
import type { Source } from '../schema/index.ts'

/** The columns of every state of a memory, present or former. */
const stateColumns = [
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
const writtenAt = sql<Date>`coalesce(written_at, updated_at)`

/** All states of the user's memories, present and former. */
function memoryStates(db: Db, userId: string) {
  const presentStates = db
    .selectFrom('memories')
    .select(stateColumns)
    .select([
      'value',
      sql<boolean>`false`.as('deleted'),
      isLive().as('present'),
      rowWriter.as('writer'),
      writtenAt.as('written')
    ])
    .where('user_id', '=', userId)
  const formerStates = db
    .selectFrom('memory_versions')
    .select(stateColumns)
    .select([
      'value',
      'deleted',
      sql<boolean>`false`.as('present'),
      rowWriter.as('writer'),
      writtenAt.as('written')
    ])
    .where('user_id', '=', userId)
  return { presentStates, formerStates }
}

export interface HistoryPage {
  limit: number
  /** The number of states to skip. */
  offset: number
  /** Characters of each value to return. */
  valueLimit: number
}

/**
 * Lists the states of a memory, newest first. If several memories had the key one after another,
 * the last one comes first. `value_length` is the length of the whole value.
 */
export function listHistory(
  db: Db,
  userId: string,
  reference: MemoryReference,
  { limit, offset, valueLimit }: HistoryPage
) {
  const { presentStates, formerStates } = memoryStates(db, userId)
  const matching = matchesReference(reference)
  // The inner query cuts the page first. Otherwise the values of all states are read.
  const pageOfStates = db
    .selectFrom(presentStates.where(matching).unionAll(formerStates.where(matching)).as('states'))
    .select([...stateColumns, 'value', 'deleted', 'present', 'writer', 'written'])
    .select(sql<boolean>`bool_or(present) over (partition by memory_id)`.as('alive'))
    .select(sql<Date>`max(written) over (partition by memory_id)`.as('last'))
    .orderBy('alive', 'desc')
    .orderBy('last', 'desc')
    .orderBy('memory_id')
    .orderBy('version', 'desc')
    .limit(limit)
    .offset(offset)
  return db
    .selectFrom(pageOfStates.as('page'))
    .select([...stateColumns, 'deleted', 'present', 'writer', 'written'])
    .select(valueBeginning(valueLimit))
    .orderBy('alive', 'desc')
    .orderBy('last', 'desc')
    .orderBy('memory_id')
    .orderBy('version', 'desc')
    .execute()
}

/** Lists the ids of the memories that the writers wrote or deleted since then, in order. */
export async function listTouchedMemories(
  db: Db,
  userId: string,
  writerFilter: WriterFilter,
  since: Date
): Promise<string[]> {
  const { presentStates, formerStates } = memoryStates(db, userId)
  const touchedMemories = await db
    .selectFrom(presentStates.unionAll(formerStates).as('states'))
    .select('memory_id')
    .distinct()
    .where('written', '>=', since)
    .where(isWrittenBy(writerFilter))
    .orderBy('memory_id')
    .execute()
  return touchedMemories.map((memory) => memory.memory_id)
}

/** Lists the names of the writers since then, at most 20. */
export async function listWriters(db: Db, userId: string, since: Date): Promise<string[]> {
  const { presentStates, formerStates } = memoryStates(db, userId)
  const writers = await db
    .selectFrom(presentStates.unionAll(formerStates).as('states'))
    .select(sql<string>`writer ->> 'name'`.as('name'))
    .distinct()
    .where('written', '>=', since)
    .orderBy('name')
    .limit(20)
    .execute()
  return writers.map((writer) => writer.name)
}

/**
 * One state of a memory. `theirs`: one of the given writers wrote it, since the given time. `over`:
 * it has expired.
 */
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

/** Lists all states of these memories, memory by memory, the newest state first. */
export function listMemoryStates(
  db: Db,
  userId: string,
  memoryIds: string[],
  writerFilter: WriterFilter,
  since: Date
): Promise<MemoryState[]> {
  const { presentStates, formerStates } = memoryStates(db, userId)
  return db
    .selectFrom(presentStates.unionAll(formerStates).as('states'))
    .select([
      'memory_id',
      'version',
      'agent_name',
      'key',
      'deleted',
      'present',
      'writer',
      'written',
      hasExpired.as('over'),
      isWrittenSince(writerFilter, since).as('theirs')
    ])
    .where(isOneOf('memory_id', memoryIds))
    .orderBy('memory_id')
    .orderBy('version', 'desc')
    .execute()
}
