import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'
import type { BackupTable } from './tables.ts'

/** Rows that one fetch reads. A memory can have a megabyte. */
const FETCH_ROWS = 100

/**
 * The rows of a table, in no order, each as a JSON array of what PostgreSQL prints for its columns.
 * Text is exact for every type, and JSON in a column stays as it is. Runs in a transaction, because
 * a cursor needs one.
 */
export async function* readRows(trx: Trx, table: BackupTable): AsyncGenerator<string> {
  const values = table.columns.map(({ name }) => sql`${sql.id(name)}::text`)
  await sql`declare backup_rows no scroll cursor for
    select to_jsonb(array[${sql.join(values)}])::text as line
    from ${sql.table(table.name)}`.execute(trx)
  for (;;) {
    const { rows } = await sql<{ line: string }>`
      fetch forward ${sql.lit(FETCH_ROWS)} from backup_rows`.execute(trx)
    for (const { line } of rows) yield line
    if (rows.length < FETCH_ROWS) break
  }
  await sql`close backup_rows`.execute(trx)
}

/**
 * Inserts rows that `readRows` gave. `columnNames` are those of the backup, in its order. Throws
 * PostgreSQL's error if a value or a row is not allowed.
 */
export async function insertRows(
  trx: Trx,
  table: BackupTable,
  columnNames: string[],
  lines: string[]
): Promise<void> {
  const typeOf = new Map(table.columns.map(({ name, type }) => [name, type]))
  const values = columnNames.map(
    (name, index) => sql`(line ->> ${sql.lit(index)})::${sql.raw(typeOf.get(name)!)}`
  )
  await sql`
    insert into ${sql.table(table.name)} (${sql.join(columnNames.map((name) => sql.id(name)))})
    overriding system value
    select ${sql.join(values)}
    from jsonb_array_elements(${`[${lines.join(',')}]`}::jsonb) as row_lines(line)`.execute(trx)
}
