import { type Kysely, sql } from 'kysely'

/**
 * Keys that tokens are bound to (RFC 9449), as SHA-256 thumbprints (RFC 7638); clients that want
 * them always; and proofs that were used, while they could be used again.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('oauth_tokens').addColumn('dpop_jkt', 'text').execute()
  await db.schema.alterTable('oauth_authorization_codes').addColumn('dpop_jkt', 'text').execute()
  await db.schema
    .alterTable('oauth_clients')
    .addColumn('dpop_bound_access_tokens', 'boolean', (column) => column.notNull().defaultTo(false))
    .execute()
  await db.schema
    .createTable('oauth_dpop_proofs')
    .addColumn('proof_hash', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('oauth_dpop_proofs_expiry')
    .on('oauth_dpop_proofs')
    .column('expires_at')
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('oauth_dpop_proofs').execute()
  await db.schema.alterTable('oauth_clients').dropColumn('dpop_bound_access_tokens').execute()
  await db.schema.alterTable('oauth_authorization_codes').dropColumn('dpop_jkt').execute()
  // They would be bearer tokens from now on.
  await sql`update oauth_tokens set revoked = true where dpop_jkt is not null`.execute(db)
  await db.schema.alterTable('oauth_tokens').dropColumn('dpop_jkt').execute()
}
