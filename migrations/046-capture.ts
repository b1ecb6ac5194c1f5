import { type Kysely, sql } from 'kysely'

/** Captured conversations: which apps and projects are captured, and how far each session is. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('capture_switches')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('app', 'project')`))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('enabled', 'boolean', (column) => column.notNull())
    .addPrimaryKeyConstraint('capture_switches_pkey', ['user_id', 'kind', 'name'])
    .execute()
  await db.schema
    .createTable('capture_sessions')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('app_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('next_offset', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('entries', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('bytes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('touched_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint('capture_sessions_pkey', ['user_id', 'app_id', 'session_id'])
    .execute()
  await db.schema
    .createIndex('capture_sessions_touched')
    .on('capture_sessions')
    .column('touched_at')
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('capture_sessions').execute()
  await db.schema.dropTable('capture_switches').execute()
}
