import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  // written_at, written_by: when and by whom a row was put as it is, where that is not what
  // updated_at and source tell: after an undo, a rating, an import.
  await db.schema
    .alterTable('memories')
    .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('useful_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('irrelevant_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('outdated_count', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('written_at', 'timestamptz')
    .addColumn('written_by', 'jsonb')
    .execute()
  await sql`create index memories_happened on memories (user_id, coalesce(occurred_at, created_at))`.execute(
    db
  )

  // What a memory was before each change. A deletion moves the last state here and adds a row with
  // `deleted`, which says who and when and holds no content.
  await db.schema
    .createTable('memory_versions')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('memory_id', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('deleted', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('agent_name', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('tags', 'jsonb', (column) => column.notNull())
    .addColumn('importance', 'double precision', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('metadata', 'jsonb', (column) => column.notNull())
    .addColumn('source', 'jsonb', (column) => column.notNull())
    .addColumn('session_id', 'text')
    .addColumn('speaker', 'text')
    .addColumn('occurred_at', 'timestamptz')
    .addColumn('expires_at', 'timestamptz')
    .addColumn('access_count', 'integer', (column) => column.notNull())
    .addColumn('last_accessed_at', 'timestamptz')
    .addColumn('useful_count', 'integer', (column) => column.notNull())
    .addColumn('irrelevant_count', 'integer', (column) => column.notNull())
    .addColumn('outdated_count', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('written_at', 'timestamptz')
    .addColumn('written_by', 'jsonb')
    .addPrimaryKeyConstraint('memory_versions_pkey', ['user_id', 'memory_id', 'version'])
    .execute()
  await db.schema
    .createIndex('memory_versions_key')
    .on('memory_versions')
    .columns(['user_id', 'agent_name', 'key'])
    .execute()
  await sql`create index memory_versions_deleted on memory_versions (user_id, updated_at) where deleted`.execute(
    db
  )

  // What a user has stored, in several rows that are added up: one row would make every store of a
  // user wait for the one before.
  await db.schema
    .createTable('memory_usage')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('shard', 'smallint', (column) => column.notNull())
    .addColumn('memories', 'bigint', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('memory_usage_pkey', ['user_id', 'shard'])
    .execute()
  await sql`insert into memory_usage (user_id, shard, memories, bytes)
    select user_id, 0, count(*), sum(octet_length(value)) from memories group by user_id`.execute(
    db
  )
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['memory_usage', 'memory_versions']) {
    await db.schema.dropTable(table).execute()
  }
  await db.schema.dropIndex('memories_happened').execute()
  const columns = [
    'written_by',
    'written_at',
    'outdated_count',
    'irrelevant_count',
    'useful_count',
    'version'
  ]
  for (const column of columns) await db.schema.alterTable('memories').dropColumn(column).execute()
}
