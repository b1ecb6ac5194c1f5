import { type Kysely, sql } from 'kysely'

/** The graph page shows the newest open links of a person. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createIndex('graph_edges_newest')
    .on('graph_edges')
    .columns(['user_id', 'created_at', 'edge_id'])
    .where(sql.ref('valid_until'), 'is', null)
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('graph_edges_newest').execute()
}
