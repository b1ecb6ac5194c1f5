import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** The version of PostgreSQL, and the bytes of this database. */
export async function findDatabaseFacts(db: Db): Promise<{ version: string; bytes: number }> {
  const facts = sql<{ version: string; bytes: number }>`
    select current_setting('server_version') as version,
      pg_database_size(current_database())::double precision as bytes`
  return (await facts.execute(db)).rows[0]!
}
