import { sql } from 'kysely'
import { versionColumns } from './columns.ts'
import { isLive } from './conditions.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'

type MemoryTable = 'memories' | 'memory_versions'

/** Everything but the owner and what the database or the indexer fills in. */
function transferredColumns(table: MemoryTable): string[] {
  return table === 'memories' ? [...versionColumns] : [...versionColumns, 'deleted']
}

/**
 * Yields whole rows as JSON text, with times to the microsecond, in pages by the primary key. The
 * transaction must see one moment (repeatable read).
 */
export async function* exportMemoryRows(
  trx: Trx,
  userId: string,
  table: MemoryTable,
  pageSize: number
): AsyncGenerator<string[]> {
  const columnList = sql.join(transferredColumns(table).map((column) => sql.ref(column)))
  let lastRow = { memory_id: '', version: 0 }
  for (;;) {
    const pageRows = await trx
      .selectFrom(table)
      .select([
        'memory_id',
        'version',
        sql<string>`(select to_jsonb(picked) from (select ${columnList}) as picked)::text`.as('row')
      ])
      .where('user_id', '=', userId)
      .where(
        sql<boolean>`(memory_id, version) > (${lastRow.memory_id}, ${lastRow.version}::integer)`
      )
      .orderBy('memory_id')
      .orderBy('version')
      .limit(pageSize)
      .execute()
    if (pageRows.length > 0) yield pageRows.map(({ row }) => row)
    if (pageRows.length < pageSize) return
    lastRow = pageRows.at(-1)!
  }
}

/** Yields the names of live memories in pages, in the order of their ids. */
export async function* listMemoryNames(trx: Trx, userId: string, pageSize: number) {
  let lastId = ''
  for (;;) {
    const pageRows = await trx
      .selectFrom('memories')
      .select(['memory_id', 'agent_name', 'key'])
      .where('user_id', '=', userId)
      .where('memory_id', '>', lastId)
      .where(isLive())
      .orderBy('memory_id')
      .limit(pageSize)
      .execute()
    if (pageRows.length > 0) yield pageRows
    if (pageRows.length < pageSize) return
    lastId = pageRows.at(-1)!.memory_id
  }
}

/** Returns live memories as JSON text, as exportMemoryRows does, in the order of their ids. */
export async function exportSelectedRows(
  db: Db,
  userId: string,
  memoryIds: string[]
): Promise<string[]> {
  const columnList = sql.join(transferredColumns('memories').map((column) => sql.ref(column)))
  const rows = await db
    .selectFrom('memories')
    .select(
      sql<string>`(select to_jsonb(picked) from (select ${columnList}) as picked)::text`.as('row')
    )
    .where('user_id', '=', userId)
    .where(isOneOf('memory_id', memoryIds))
    .where(isLive())
    .orderBy('memory_id')
    .execute()
  return rows.map(({ row }) => row)
}

/**
 * Inserts the rows of exportMemoryRows, given as a JSON array; memories also have `search_length`.
 * Returns the ids of the inserted rows. It skips a row if its id or key is taken.
 */
export async function importMemoryRows(
  trx: Trx,
  userId: string,
  table: MemoryTable,
  rows: string
): Promise<string[]> {
  const columnNames = transferredColumns(table)
  if (table === 'memories') columnNames.push('search_length')
  const columnList = sql.join(columnNames.map((column) => sql.ref(column)))
  const inserted = await sql<{ memory_id: string }>`
    insert into ${sql.table(table)} (user_id, ${columnList})
    select ${userId}, ${columnList}
    from jsonb_populate_recordset(null::${sql.table(table)}, ${rows}::jsonb)
    on conflict do nothing returning memory_id`.execute(trx)
  return inserted.rows.map((row) => row.memory_id)
}

/** Lists those of the ids that the user's memories or their versions have. */
export async function listKnownMemoryIds(
  trx: Trx,
  userId: string,
  memoryIds: string[]
): Promise<string[]> {
  const knownIds = (table: MemoryTable) =>
    trx
      .selectFrom(table)
      .select('memory_id')
      .where('user_id', '=', userId)
      .where(isOneOf('memory_id', memoryIds))
  const rows = await knownIds('memories').union(knownIds('memory_versions')).execute()
  return rows.map((row) => row.memory_id)
}
