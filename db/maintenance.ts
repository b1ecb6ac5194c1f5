import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Throws when the database does not answer a question. */
export async function ping (db: Db): Promise<void> {
  await sql`select 1`.execute(db)
}

/** Gives back the space of deleted rows and renews the planner's statistics. */
export async function vacuum (db: Db): Promise<void> {
  await sql`vacuum (analyze)`.execute(db)
}
