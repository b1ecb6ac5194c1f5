import { type Kysely, sql } from 'kysely'

/** Imports that people start in the console: their state, and what undoing them needs. */
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('import_jobs')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('import_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('touched_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('file_name', 'text', (column) => column.notNull())
    .addColumn('agent_name', 'text', (column) => column.notNull())
    .addColumn('from_format', 'text')
    .addColumn('done', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('total', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('summary', 'jsonb')
    .addColumn('problem', 'text')
    .addPrimaryKeyConstraint('import_jobs_pkey', ['user_id', 'import_id'])
    .execute()
  // One at a time per person.
  await sql`create unique index import_jobs_active on import_jobs (user_id)
    where state in ('checking', 'ready', 'confirmed', 'running', 'undoing')`.execute(db)
  await db.schema
    .createIndex('import_jobs_user')
    .on('import_jobs')
    .columns(['user_id', 'created_at'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('import_jobs').execute()
}
