import { type Kysely, sql } from 'kysely'

const now = sql`now()`
const uuid = sql`gen_random_uuid()::text`

export async function up(db: Kysely<any>): Promise<void> {
  // Operators hash client secrets in SQL: encode(digest('...', 'sha256'), 'hex').
  await sql`create extension if not exists pgcrypto`.execute(db)

  await db.schema
    .createTable('oauth_clients')
    .addColumn('client_id', 'text', (column) => column.primaryKey())
    .addColumn('client_secret_hash', 'text')
    .addColumn('client_name', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('redirect_uris', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
    .addColumn('grant_types', 'jsonb', (column) =>
      column.notNull().defaultTo(sql`'["authorization_code", "refresh_token"]'`)
    )
    .addColumn('response_types', 'jsonb', (column) => column.notNull().defaultTo(sql`'["code"]'`))
    .addColumn('scope', 'text', (column) =>
      column.notNull().defaultTo('mcp:tools mcp:memory mcp:coding')
    )
    .addColumn('token_endpoint_auth_method', 'text', (column) =>
      column.notNull().defaultTo('client_secret_post')
    )
    .addColumn('require_pkce', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('registration', 'text', (column) => column.notNull().defaultTo('operator'))
    .addColumn('access_token_seconds', 'integer')
    .addColumn('disabled_at', 'timestamptz')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .execute()

  // The unit of revocation: every code and token points to one, and every validity check reads it.
  await db.schema
    .createTable('oauth_grants')
    .addColumn('grant_id', 'text', (column) => column.primaryKey().defaultTo(uuid))
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('client_id', 'text', (column) =>
      column.notNull().references('oauth_clients.client_id').onDelete('cascade')
    )
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('last_used_at', 'timestamptz')
    .addColumn('revoked_at', 'timestamptz')
    .addColumn('revoked_reason', 'text')
    .execute()
  await db.schema
    .createIndex('oauth_grants_user')
    .on('oauth_grants')
    .columns(['user_id', 'client_id'])
    .execute()

  await db.schema
    .createTable('oauth_authorization_codes')
    .addColumn('code_hash', 'text', (column) => column.primaryKey())
    .addColumn('grant_id', 'text', (column) =>
      column.notNull().references('oauth_grants.grant_id').onDelete('cascade')
    )
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('redirect_uri', 'text', (column) => column.notNull())
    .addColumn('redirect_uri_given', 'boolean', (column) => column.notNull().defaultTo(true))
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('code_challenge', 'text')
    .addColumn('code_challenge_method', 'text')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addColumn('used_at', 'timestamptz')
    .addColumn('failed_verifications', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createIndex('oauth_authorization_codes_grant')
    .on('oauth_authorization_codes')
    .column('grant_id')
    .execute()
  await db.schema
    .createIndex('oauth_authorization_codes_expiry')
    .on('oauth_authorization_codes')
    .column('expires_at')
    .execute()

  // A row is one pair. `revoked` ends the grant (trigger below); rotation retires a row by
  // rotated_at instead.
  await db.schema
    .createTable('oauth_tokens')
    .addColumn('token_id', 'text', (column) => column.primaryKey().defaultTo(uuid))
    .addColumn('grant_id', 'text', (column) =>
      column.notNull().references('oauth_grants.grant_id').onDelete('cascade')
    )
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('token_type', 'text', (column) => column.notNull().defaultTo('Bearer'))
    .addColumn('access_token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('refresh_token_hash', 'text', (column) => column.unique())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('issued_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('expires_in', 'integer', (column) => column.notNull().defaultTo(3600))
    .addColumn('refresh_expires_at', 'timestamptz')
    .addColumn('rotated_at', 'timestamptz')
    .addColumn('successor_sealed', 'text')
    .addColumn('access_token_revoked_at', 'timestamptz')
    .addColumn('revoked', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
  await db.schema.createIndex('oauth_tokens_grant').on('oauth_tokens').column('grant_id').execute()
  await db.schema
    .createIndex('oauth_tokens_client')
    .on('oauth_tokens')
    .columns(['client_id', 'user_id'])
    .execute()

  await sql`
    create function oauth_tokens_revoke_grant() returns trigger language plpgsql as $$
    begin
      update oauth_grants set revoked_at = now(), revoked_reason = 'token_revoked'
        where grant_id = new.grant_id and revoked_at is null;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger oauth_tokens_revoke_grant after update of revoked on oauth_tokens
      for each row when (new.revoked and not old.revoked) execute function oauth_tokens_revoke_grant()`.execute(
    db
  )
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of [
    'oauth_tokens',
    'oauth_authorization_codes',
    'oauth_grants',
    'oauth_clients'
  ]) {
    await db.schema.dropTable(table).execute()
  }
  await sql`drop function oauth_tokens_revoke_grant()`.execute(db)
}
