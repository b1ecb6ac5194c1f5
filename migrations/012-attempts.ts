import { type Kysely, sql } from 'kysely'

/**
 * What was counted for sign-in alone is counted for other guesses too: client secrets, user codes,
 * registrations.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('sign_in_failures').renameTo('attempts').execute()
  await db.schema.alterTable('attempts').renameColumn('failures', 'attempts').execute()
  await db.schema.alterTable('attempts').renameColumn('last_failed_at', 'last_attempt_at').execute()
  await sql`alter index sign_in_failures_pkey rename to attempts_pkey`.execute(db)
}

export async function down(db: Kysely<any>): Promise<void> {
  await sql`alter index attempts_pkey rename to sign_in_failures_pkey`.execute(db)
  await db.schema.alterTable('attempts').renameColumn('last_attempt_at', 'last_failed_at').execute()
  await db.schema.alterTable('attempts').renameColumn('attempts', 'failures').execute()
  await db.schema.alterTable('attempts').renameTo('sign_in_failures').execute()
}
