import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  // A grant remembers what the person saw: where the answer went, and what the client said of
  // itself; and when that was, for a grant that was given without asking again is younger than the
  // decision it rests on.
  await db.schema
    .alterTable('oauth_grants')
    .addColumn('redirect_origin', 'text')
    .addColumn('client_metadata_hash', 'text')
    .addColumn('consented_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .execute()
  await sql`update oauth_grants set consented_at = created_at`.execute(db)
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const column of ['consented_at', 'client_metadata_hash', 'redirect_origin']) {
    await db.schema.alterTable('oauth_grants').dropColumn(column).execute()
  }
}
