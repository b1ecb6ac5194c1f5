import type { Kysely } from 'kysely'

const indexes = [
  ['audit_logs_user', 'user_id'],
  ['audit_logs_client', 'client_id'],
  ['audit_logs_action', 'action']
] as const

/** The audit page shows the newest entries of a person, an app or an action. */
export async function up(db: Kysely<any>): Promise<void> {
  for (const [name, column] of indexes) {
    await db.schema.createIndex(name).on('audit_logs').columns([column, 'id']).execute()
  }
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const [name] of indexes) await db.schema.dropIndex(name).execute()
}
