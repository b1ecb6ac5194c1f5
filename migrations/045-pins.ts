import { type Kysely, sql } from 'kysely'

/** Pinned memories come first in every briefing. A version keeps whether it was pinned. */
export async function up(db: Kysely<any>): Promise<void> {
  for (const table of ['memories', 'memory_versions']) {
    await db.schema.alterTable(table).addColumn('pinned_at', 'timestamptz').execute()
  }
  // The expression keeps the planner from taking another index that begins with user_id.
  await sql`create index memories_pinned on memories
    ((case when pinned_at is not null then user_id end), pinned_at)
    where pinned_at is not null`.execute(db)
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('memories_pinned').execute()
  for (const table of ['memories', 'memory_versions']) {
    await db.schema.alterTable(table).dropColumn('pinned_at').execute()
  }
}
