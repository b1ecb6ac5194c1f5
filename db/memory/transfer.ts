import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'

type Table = 'memories' | 'memory_versions'

/** What is carried over of both tables: everything but the owner and what is made anew. */
const both = [
  'memory_id',
  'version',
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
  'access_count',
  'last_accessed_at',
  'useful_count',
  'irrelevant_count',
  'outdated_count',
  'created_at',
  'updated_at',
  'written_at',
  'written_by'
]

function columnsOf(table: Table): string[] {
  return table === 'memories' ? both : [...both, 'deleted']
}

/**
 * Rows of a table as JSON text, whole and to the microsecond, in pages by their primary key. In a
 * transaction that sees one moment.
 */
export async function* exportMemoryRows(
  trx: Trx,
  userId: string,
  table: Table,
  pageSize: number
): AsyncGenerator<string[]> {
  let after = { memory_id: '', version: 0 }
  for (;;) {
    const columns = sql.join(columnsOf(table).map((column) => sql.ref(column)))
    const rows = await trx
      .selectFrom(table)
      .select([
        'memory_id',
        'version',
        sql<string>`(select to_jsonb(picked) from (select ${columns}) as picked)::text`.as('row')
      ])
      .where('user_id', '=', userId)
      .where(sql<boolean>`(memory_id, version) > (${after.memory_id}, ${after.version}::integer)`)
      .orderBy('memory_id')
      .orderBy('version')
      .limit(pageSize)
      .execute()
    if (rows.length > 0) yield rows.map(({ row }) => row)
    if (rows.length < pageSize) return
    after = rows.at(-1)!
  }
}

/**
 * Inserts rows as exportRows gave them, as a JSON array; memories with `search_length`. Returns the
 * ids of those that were inserted: the others' ids or keys are taken.
 */
export async function importMemoryRows(
  trx: Trx,
  userId: string,
  table: Table,
  rows: string
): Promise<string[]> {
  const columns = sql.join(
    [...columnsOf(table), ...(table === 'memories' ? ['search_length'] : [])].map((column) =>
      sql.ref(column)
    )
  )
  const { rows: inserted } = await sql<{ memory_id: string }>`
    insert into ${sql.table(table)} (user_id, ${columns})
    select ${userId}, ${columns} from jsonb_populate_recordset(null::${sql.table(table)}, ${rows}::jsonb)
    on conflict do nothing returning memory_id`.execute(trx)
  return inserted.map(({ memory_id: id }) => id)
}

/** Which of these ids the user's memories or their versions have. */
export async function listKnownMemoryIds(
  trx: Trx,
  userId: string,
  memoryIds: string[]
): Promise<string[]> {
  const ids = (table: Table) =>
    trx
      .selectFrom(table)
      .select('memory_id')
      .where('user_id', '=', userId)
      .where(sql<boolean>`memory_id = any(${memoryIds}::text[])`)
  const rows = await ids('memories').union(ids('memory_versions')).execute()
  return rows.map(({ memory_id: id }) => id)
}
