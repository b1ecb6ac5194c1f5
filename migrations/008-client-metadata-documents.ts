import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  // Every way in which the client may prove itself, when that is more than
  // token_endpoint_auth_method.
  await db.schema
    .alterTable('oauth_clients')
    .addColumn('token_endpoint_auth_methods', 'jsonb')
    .execute()

  // The document behind a client whose client_id is a URL, as it was last fetched; its client is
  // the row of oauth_clients.
  await db.schema
    .createTable('oauth_client_metadata_documents')
    .addColumn('client_id', 'text', (column) =>
      column.primaryKey().references('oauth_clients.client_id').onDelete('cascade')
    )
    .addColumn('document', 'jsonb', (column) => column.notNull())
    .addColumn('etag', 'text')
    .addColumn('fetched_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('fresh_until', 'timestamptz', (column) => column.notNull())
    .execute()

  // The jti of each client assertion (RFC 7523) until the assertion expires: it is good once.
  await db.schema
    .createTable('oauth_client_assertions')
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('jti_hash', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('oauth_client_assertions_pkey', ['client_id', 'jti_hash'])
    .execute()
  await db.schema
    .createIndex('oauth_client_assertions_expiry')
    .on('oauth_client_assertions')
    .column('expires_at')
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['oauth_client_assertions', 'oauth_client_metadata_documents']) {
    await db.schema.dropTable(table).execute()
  }
  await db.schema.alterTable('oauth_clients').dropColumn('token_endpoint_auth_methods').execute()
}
