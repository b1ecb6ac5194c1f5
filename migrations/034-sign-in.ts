import { type Kysely, sql } from 'kysely'

const now = sql`now()`

/**
 * Passkeys, one-time passwords with recovery codes, and accounts at an OpenID Connect provider.
 * `authenticated_at`: when the person of a session last proved who they are.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await addAuthenticationTime(db)
  await createPasskeys(db)
  await createSecondFactor(db)
  await createExternalIdentities(db)
  // One row for each challenge, state or pending sign-in that was used, while it could be again.
  await db.schema
    .createTable('consumed_challenges')
    .addColumn('challenge_hash', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('consumed_challenges_expiry')
    .on('consumed_challenges')
    .column('expires_at')
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of [
    'consumed_challenges',
    'external_identities',
    'recovery_codes',
    'totp_secrets',
    'passkeys'
  ]) {
    await db.schema.dropTable(table).execute()
  }
  await db.schema.alterTable('sessions').dropColumn('authenticated_at').execute()
}

/** Sessions of before were proven when they were created. */
async function addAuthenticationTime(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('authenticated_at', 'timestamptz').execute()
  await sql`update sessions set authenticated_at = created_at`.execute(db)
  await sql`alter table sessions alter column authenticated_at set not null,
    alter column authenticated_at set default now()`.execute(db)
}

async function createPasskeys(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('passkeys')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('credential_id', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', sql`text[]`, (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('backed_up', 'boolean', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('last_used_at', 'timestamptz')
    .addPrimaryKeyConstraint('passkeys_pkey', ['user_id', 'credential_id'])
    .addUniqueConstraint('passkeys_credential', ['credential_id'])
    .execute()
}

/** `last_step`: the number of the last time step whose code was used (RFC 6238 §5.2). */
async function createSecondFactor(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('totp_secrets')
    .addColumn('user_id', 'text', (column) =>
      column.primaryKey().references('users.user_id').onDelete('cascade')
    )
    .addColumn('secret_sealed', 'text', (column) => column.notNull())
    .addColumn('last_step', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .execute()
  await db.schema
    .createTable('recovery_codes')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addPrimaryKeyConstraint('recovery_codes_pkey', ['user_id', 'code_hash'])
    .execute()
}

/** One account of a provider for each person, and one person for each account. */
async function createExternalIdentities(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('external_identities')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('last_used_at', 'timestamptz')
    .addPrimaryKeyConstraint('external_identities_pkey', ['user_id', 'issuer'])
    .addUniqueConstraint('external_identities_subject', ['issuer', 'subject'])
    .execute()
}
