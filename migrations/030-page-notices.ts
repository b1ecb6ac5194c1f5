import { type Kysely, sql } from 'kysely'

/** What the next page says once after a form was sent, and what an app's consent page offered. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('page_notices')
    .addColumn('session_hash', 'text', (column) =>
      column.notNull().references('sessions.session_hash').onDelete('cascade')
    )
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('content_sealed', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('page_notices_pkey', ['session_hash', 'place'])
    .execute()
  await db.schema.createIndex('page_notices_age').on('page_notices').column('created_at').execute()
  // Empty for older grants, and for those that no consent page came before.
  await db.schema.alterTable('oauth_grants').addColumn('offered_scope', 'text').execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('oauth_grants').dropColumn('offered_scope').execute()
  await db.schema.dropTable('page_notices').execute()
}
