import { type Kysely, sql } from 'kysely'

/**
 * What strangers caused is kept for a shorter time than the rest, and is found without reading
 * that.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await sql`create index audit_logs_strangers on audit_logs (created_at)
    where user_id is null and ip_address is not null`.execute(db)
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('audit_logs_strangers').execute()
}
