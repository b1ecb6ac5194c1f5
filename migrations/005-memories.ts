import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('memories')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('memory_id', 'text', (column) =>
      column.notNull().defaultTo(sql`gen_random_uuid()::text`)
    )
    .addColumn('agent_name', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('tags', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'`))
    .addColumn('importance', 'double precision', (column) => column.notNull().defaultTo(0.5))
    .addColumn('type', 'text', (column) => column.notNull().defaultTo('normal'))
    .addColumn('metadata', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
    .addColumn('source', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
    .addColumn('session_id', 'text')
    .addColumn('speaker', 'text')
    .addColumn('occurred_at', 'timestamptz')
    .addColumn('expires_at', 'timestamptz')
    .addColumn('search_length', 'double precision', (column) => column.notNull().defaultTo(0))
    .addColumn('access_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('last_accessed_at', 'timestamptz')
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addPrimaryKeyConstraint('memories_pkey', ['user_id', 'memory_id'])
    .addUniqueConstraint('memories_key', ['user_id', 'agent_name', 'key'])
    .execute()
  await db.schema
    .createIndex('memories_recent')
    .on('memories')
    .columns(['user_id', 'updated_at'])
    .execute()

  // One row for each search term of a memory; the owner comes first, so that a search reads its own
  // rows only.
  await db.schema
    .createTable('memory_postings')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('term', 'text', (column) => column.notNull())
    .addColumn('memory_id', 'text', (column) => column.notNull())
    .addColumn('weight', 'real', (column) => column.notNull())
    .addPrimaryKeyConstraint('memory_postings_pkey', ['user_id', 'term', 'memory_id'])
    .addForeignKeyConstraint(
      'memory_postings_memory',
      ['user_id', 'memory_id'],
      'memories',
      ['user_id', 'memory_id'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  await db.schema
    .createIndex('memory_postings_memory')
    .on('memory_postings')
    .columns(['user_id', 'memory_id'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['memory_postings', 'memories']) await db.schema.dropTable(table).execute()
}
