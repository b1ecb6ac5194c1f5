import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('coding_sessions')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('tags', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
    .addColumn('started_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('ended_at', 'timestamptz')
    .addColumn('summary', 'text')
    .addColumn('success', 'boolean')
    .addColumn('source', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
    .addPrimaryKeyConstraint('coding_sessions_pkey', ['user_id', 'session_id'])
    .execute()
  // One active session for each user and project, by the database's word.
  await db.schema
    .createIndex('coding_sessions_active')
    .unique()
    .on('coding_sessions')
    .columns(['user_id', 'project_id'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('coding_sessions').execute()
}
