import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { withoutLimit } from './prepared.ts'

/** Throws when the database does not answer a question. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db)
}

/** Gives back the space of deleted rows and renews the planner's statistics. */
export async function vacuum(db: Db): Promise<void> {
  await db
    .connection()
    .execute((connection) =>
      withoutLimit(connection, () => sql`vacuum (analyze)`.execute(connection))
    )
}

/**
 * Rows that are looked at for one table's statistics are 300 times this; 100 would hold others up.
 */
const STATISTICS_TARGET = 10

/**
 * Renews the planner's statistics of each table that has grown by half since that was last done,
 * one after the other, so that others have their turn between two. When that was is known to
 * PostgreSQL, also after a restart. Returns the names of the tables.
 */
export async function renewStatistics(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace
      and pg_relation_size(oid) > 0
      and (reltuples < 0 or
        pg_relation_size(oid) >= 1.5 * greatest(relpages, 1) * current_setting('block_size')::integer)
    order by name`.execute(db)
  for (const { name } of rows) {
    await db.transaction().execute(async (trx) => {
      await sql`set local default_statistics_target = ${sql.lit(STATISTICS_TARGET)}`.execute(trx)
      await sql`analyze ${sql.table(name)}`.execute(trx)
    })
  }
  return rows.map(({ name }) => name)
}
