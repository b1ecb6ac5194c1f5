import type { Kysely } from 'kysely'

export async function up (db: Kysely<any>): Promise<void> {
  // A grant remembers what the person saw: where the answer went, and what the client said of itself.
  await db.schema.alterTable('oauth_grants')
    .addColumn('redirect_origin', 'text')
    .addColumn('client_metadata_hash', 'text')
    .execute()
}

export async function down (db: Kysely<any>): Promise<void> {
  for (const column of ['client_metadata_hash', 'redirect_origin']) await db.schema.alterTable('oauth_grants').dropColumn(column).execute()
}
