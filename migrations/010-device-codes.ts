import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  // user_code_hash is keyed by the server's secret: a user code is short enough to be guessed from
  // a plain hash.
  await db.schema
    .createTable('oauth_device_codes')
    .addColumn('device_code_hash', 'text', (column) => column.primaryKey())
    .addColumn('user_code_hash', 'text', (column) => column.notNull().unique())
    .addColumn('client_id', 'text', (column) =>
      column.notNull().references('oauth_clients.client_id').onDelete('cascade')
    )
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('ip_address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addColumn('interval_seconds', 'integer', (column) => column.notNull().defaultTo(5))
    .addColumn('last_polled_at', 'timestamptz')
    .addColumn('denied_at', 'timestamptz')
    .addColumn('grant_id', 'text', (column) =>
      column.references('oauth_grants.grant_id').onDelete('cascade')
    )
    .addColumn('used_at', 'timestamptz')
    .execute()
  await db.schema
    .createIndex('oauth_device_codes_expiry')
    .on('oauth_device_codes')
    .column('expires_at')
    .execute()
  await db.schema
    .createIndex('oauth_device_codes_grant')
    .on('oauth_device_codes')
    .column('grant_id')
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('oauth_device_codes').execute()
}
