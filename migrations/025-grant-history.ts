import { type Kysely, sql } from 'kysely'

/** What one more authorization or refresh costs does not depend on how many there were before. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('oauth_grants_user').execute()
  // Newest first, of a person and an app: the last scope, the installations shown, revocation.
  await sql`create index oauth_grants_user
    on oauth_grants (user_id, client_id, created_at desc)`.execute(db)
  // The newest decision about an app that looks as it does now and answers to the same place,
  // which may be a redirect URI that is too long for an index.
  await sql`create index oauth_grants_decision on oauth_grants
    (user_id, client_id, md5(redirect_origin), client_metadata_hash, consented_at desc,
      created_at desc)
    where revoked_at is null`.execute(db)
  await db.schema.dropIndex('oauth_tokens_grant').execute()
  // Only the newest pair of a grant can be alive; those before it are kept to recognise a reuse.
  await sql`create index oauth_tokens_grant
    on oauth_tokens (grant_id, issued_at desc)`.execute(db)
  await db.schema.dropIndex('api_keys_user').execute()
  await sql`create index api_keys_user on api_keys (user_id, created_at desc)`.execute(db)
  await db.schema
    .alterTable('oauth_tokens')
    .addColumn('successor_hash', 'text') // access_token_hash of the pair that followed
    .addColumn('first_used_at', 'timestamptz') // when the access token was first accepted
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema
    .alterTable('oauth_tokens')
    .dropColumn('first_used_at')
    .dropColumn('successor_hash')
    .execute()
  await db.schema.dropIndex('api_keys_user').execute()
  await sql`create index api_keys_user on api_keys (user_id)`.execute(db)
  await db.schema.dropIndex('oauth_tokens_grant').execute()
  await sql`create index oauth_tokens_grant on oauth_tokens (grant_id)`.execute(db)
  await db.schema.dropIndex('oauth_grants_decision').execute()
  await db.schema.dropIndex('oauth_grants_user').execute()
  await sql`create index oauth_grants_user on oauth_grants (user_id, client_id)`.execute(db)
}
