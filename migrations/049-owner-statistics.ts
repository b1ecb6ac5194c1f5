import { type Kysely, sql } from 'kysely'

/**
 * PostgreSQL no longer counts whose rows there are. With such statistics it expects one row of a
 * person who came after they were made, and reads all rows of that person instead of looking each
 * one up. A change of type, though it is the same one, removes statistics made before.
 */
export async function up(db: Kysely<any>): Promise<void> {
  for (const table of await ownedTables(db)) {
    await sql`alter table ${sql.table(table)}
      alter column user_id type text, alter column user_id set statistics 0`.execute(db)
  }
  for (const index of await orderedIndexes(db)) {
    await sql`alter index ${sql.table(index)} alter column 1 set statistics 0`.execute(db)
  }
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of await ownedTables(db)) {
    await sql`alter table ${sql.table(table)} alter column user_id set statistics -1`.execute(db)
  }
}

/** The indexes that begin with an expression of the owner. A change of type resets them. */
async function orderedIndexes(db: Kysely<any>): Promise<string[]> {
  const { rows } = await sql<{ index: string }>`
    select relname as index from pg_index join pg_class on pg_class.oid = indexrelid
    where indkey[0] = 0 and pg_get_indexdef(indexrelid, 1, true) like '%user_id%'
      and relnamespace = current_schema()::regnamespace
    order by relname`.execute(db)
  return rows.map(({ index }) => index)
}

async function ownedTables(db: Kysely<any>): Promise<string[]> {
  const { rows } = await sql<{ table: string }>`
    select relname as table from pg_attribute join pg_class on pg_class.oid = attrelid
    where attname = 'user_id' and relkind = 'r'
      and relnamespace = current_schema()::regnamespace
    order by relname`.execute(db)
  return rows.map(({ table }) => table)
}
