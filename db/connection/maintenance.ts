import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { withoutLimit } from './prepared.ts'

/** Throws if the database does not answer. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db)
}

/** Frees the space of deleted rows and renews the statistics of the planner. */
export async function vacuum(db: Db): Promise<void> {
  await db
    .connection()
    .execute((connection) =>
      withoutLimit(connection, () => sql`vacuum (analyze)`.execute(connection))
    )
}

/**
 * An analysis samples 300 times this many rows; the default of 100 would delay other statements.
 */
const STATISTICS_TARGET = 10

/**
 * Analyses each table that grew by half since its last analysis; returns their names. It takes one
 * table per transaction, so that other statements run in between. PostgreSQL keeps the last size,
 * so this survives a restart.
 */
export async function renewStatistics(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace
      and pg_relation_size(oid) > 0
      and (reltuples < 0 or
        pg_relation_size(oid) >= 1.5 * greatest(relpages, 1)
          * current_setting('block_size')::integer)
    order by name`.execute(db)
  for (const { name } of rows) {
    await db.transaction().execute(async (trx) => {
      await sql`set local default_statistics_target = ${sql.lit(STATISTICS_TARGET)}`.execute(trx)
      await sql`analyze ${sql.table(name)}`.execute(trx)
    })
  }
  return rows.map(({ name }) => name)
}
