import type { Kysely } from 'kysely'

/** The zone a person's days are counted in: an IANA name such as Europe/Berlin; null is UTC. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('users').addColumn('timezone', 'text').execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('users').dropColumn('timezone').execute()
}
