import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('tool_calls')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('call_no', 'bigint', (column) => column.notNull().generatedAlwaysAsIdentity())
    .addColumn('tool', 'text', (column) => column.notNull())
    .addColumn('groups', sql`text[]`, (column) => column.notNull())
    .addColumn('source', 'jsonb', (column) => column.notNull())
    .addColumn('via', 'text', (column) => column.notNull())
    .addColumn('called_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('duration_ms', 'integer', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('arguments', 'jsonb', (column) => column.notNull())
    .addColumn('said', 'text')
    .addPrimaryKeyConstraint('tool_calls_pkey', ['user_id', 'call_no'])
    .execute()
  await db.schema
    .createIndex('tool_calls_called')
    .on('tool_calls')
    .columns(['user_id', 'called_at'])
    .execute()
  // Calls are written a moment after they were made: those from before a clearing must not come
  // back after it.
  await db.schema.alterTable('users').addColumn('tool_calls_cleared_at', 'timestamptz').execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.alterTable('users').dropColumn('tool_calls_cleared_at').execute()
  await db.schema.dropTable('tool_calls').execute()
}
