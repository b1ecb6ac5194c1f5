import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'
import type { BackupTable } from './tables.ts'

interface ForeignKey {
  table_name: string
  name: string
  definition: string
}

/**
 * Empties the tables, runs the work, and checks every foreign key afterwards: so rows may come in
 * any order. Triggers rest meanwhile, because the backup holds what they wrote. Only the owner of
 * the tables may do this. Throws PostgreSQL's error if a row refers to one that is missing.
 */
export async function loadUnchecked<T>(
  trx: Trx,
  tables: BackupTable[],
  work: () => Promise<T>
): Promise<T> {
  const foreignKeys = await findForeignKeys(trx)
  for (const { table_name: table, name } of foreignKeys) {
    await sql`alter table ${sql.table(table)} drop constraint ${sql.id(name)}`.execute(trx)
  }
  await sql`truncate ${sql.join(tables.map(({ name }) => sql.table(name)))}`.execute(trx)
  await setTriggers(trx, tables, 'disable')
  const result = await work()
  await setTriggers(trx, tables, 'enable')
  for (const table of tables) await continueSequences(trx, table)
  for (const { table_name: table, name, definition } of foreignKeys) {
    await sql`alter table ${sql.table(table)} add constraint ${sql.id(name)}
      ${sql.raw(definition)}`.execute(trx)
  }
  return result
}

async function findForeignKeys(trx: Trx): Promise<ForeignKey[]> {
  const { rows } = await sql<ForeignKey>`
    select class.relname as table_name, conname as name, pg_get_constraintdef(pg_constraint.oid)
      as definition
    from pg_constraint join pg_class class on class.oid = conrelid
    where contype = 'f' and connamespace = current_schema()::regnamespace
    order by class.relname, conname`.execute(trx)
  return rows
}

async function setTriggers(
  trx: Trx,
  tables: BackupTable[],
  action: 'enable' | 'disable'
): Promise<void> {
  for (const { name } of tables) {
    await sql`alter table ${sql.table(name)} ${sql.raw(action)} trigger user`.execute(trx)
  }
}

/** Lets each sequence go on after the greatest value in its column. */
async function continueSequences(trx: Trx, { name, columns }: BackupTable): Promise<void> {
  for (const column of columns.filter(({ identity }) => identity)) {
    await sql`
      select setval(pg_get_serial_sequence(${name}, ${column.name}),
        coalesce(max(${sql.id(column.name)}), 1), max(${sql.id(column.name)}) is not null)
      from ${sql.table(name)}`.execute(trx)
  }
}
