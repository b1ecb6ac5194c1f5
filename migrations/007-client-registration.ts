import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .alterTable('oauth_clients')
    .addColumn('client_uri', 'text')
    .addColumn('logo_uri', 'text')
    .addColumn('tos_uri', 'text')
    .addColumn('policy_uri', 'text')
    .addColumn('application_type', 'text')
    .addColumn('software_id', 'text')
    .addColumn('software_version', 'text')
    .addColumn('jwks', 'jsonb')
    .addColumn('jwks_uri', 'text')
    .addColumn('registration_token_hash', 'text', (column) => column.unique())
    .addColumn('last_used_at', 'timestamptz')
    .addColumn('registered_from', 'text')
    .execute()
  // For the quota of registrations, and for clearing away what nobody ever used.
  await db.schema
    .createIndex('oauth_clients_unused')
    .on('oauth_clients')
    .column('created_at')
    .where(sql<boolean>`registration <> 'operator' and last_used_at is null`)
    .execute()
  // Deleting a client looks for its grants.
  await db.schema
    .createIndex('oauth_grants_client')
    .on('oauth_grants')
    .column('client_id')
    .execute()

  // Further secrets that are live beside oauth_clients.client_secret_hash, each until it expires.
  await db.schema
    .createTable('oauth_client_secrets')
    .addColumn('client_id', 'text', (column) =>
      column.notNull().references('oauth_clients.client_id').onDelete('cascade')
    )
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('oauth_client_secrets_pkey', ['client_id', 'secret_hash'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('oauth_client_secrets').execute()
  for (const index of ['oauth_grants_client', 'oauth_clients_unused']) {
    await db.schema.dropIndex(index).execute()
  }
  const columns = [
    'client_uri',
    'logo_uri',
    'tos_uri',
    'policy_uri',
    'application_type',
    'software_id',
    'software_version',
    'jwks',
    'jwks_uri',
    'registration_token_hash',
    'last_used_at',
    'registered_from'
  ]
  for (const column of columns) {
    await db.schema.alterTable('oauth_clients').dropColumn(column).execute()
  }
}
