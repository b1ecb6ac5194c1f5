import { type Kysely, sql } from 'kysely'

/**
 * The digest of a short value without regard to case, punctuation and blanks: what says the same
 * has the same. Long values have none, so that storing one costs no more.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await sql`alter table memories add column value_digest text generated always as (
    case when length(value) <= 4000
      then md5(btrim(regexp_replace(lower(value), '[[:space:][:punct:]]+', ' ', 'g'))) end) stored`.execute(
    db
  )
  await db.schema
    .createIndex('memories_value_digest')
    .on('memories')
    .columns(['user_id', 'value_digest'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('memories').dropColumn('value_digest').execute()
}
