import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  // What providers answered, for each person alone: nobody learns by the speed of an answer what
  // others asked.
  await db.schema
    .createTable('web_answers')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('question_hash', 'text', (column) => column.notNull())
    .addColumn('answer', 'jsonb', (column) => column.notNull())
    .addColumn('answered_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('expires_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('web_answers_pkey', ['user_id', 'question_hash'])
    .execute()

  // Requests of a person to a provider on a day (UTC), for the quota.
  await db.schema
    .createTable('web_requests')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('day', 'date', (column) => column.notNull())
    .addColumn('requests', 'integer', (column) => column.notNull().defaultTo(1))
    .addPrimaryKeyConstraint('web_requests_pkey', ['user_id', 'provider', 'day'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['web_requests', 'web_answers']) await db.schema.dropTable(table).execute()
}
