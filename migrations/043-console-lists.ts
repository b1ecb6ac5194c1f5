import { type Kysely, sql } from 'kysely'

/**
 * The timeline of one namespace, and the newest open links of one type. The namespace is an
 * expression, so that no look-up by namespace and key takes this index instead of its own.
 */
export async function up(db: Kysely<any>): Promise<void> {
  await sql`create index memories_namespace_happened
    on memories (user_id, (agent_name || ''), coalesce(occurred_at, created_at))`.execute(db)
  await db.schema
    .createIndex('graph_edges_newest_of_type')
    .on('graph_edges')
    .columns(['user_id', 'type', 'created_at', 'edge_id'])
    .where(sql.ref('valid_until'), 'is', null)
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('graph_edges_newest_of_type').execute()
  await db.schema.dropIndex('memories_namespace_happened').execute()
}
