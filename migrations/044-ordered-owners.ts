import { type Kysely, sql } from 'kysely'

/**
 * An index that a list walks in its order begins with an expression of its own. So the planner
 * cannot walk another one that begins with the owner, and sort all rows of a person.
 */
const indexes = [
  ['memories', 'memories_recent', 'recent', 'updated_at'],
  ['memories', 'memories_happened', 'happened', 'coalesce(occurred_at, created_at)'],
  [
    'memories',
    'memories_namespace_happened',
    'namespace',
    'agent_name, coalesce(occurred_at, created_at)'
  ],
  [
    'memories',
    'memories_app',
    'app',
    "(coalesce(source ->> 'key_id', source ->> 'client_id')), updated_at"
  ],
  ['memory_versions', 'memory_versions_deleted', 'deleted', 'updated_at', 'where deleted'],
  ['tool_calls', 'tool_calls_app_time', 'app', 'app_id, called_at']
] as const

const formerIndexes = [
  ['memories', 'memories_recent', 'user_id, updated_at'],
  ['memories', 'memories_happened', 'user_id, coalesce(occurred_at, created_at)'],
  [
    'memories',
    'memories_namespace_happened',
    "user_id, (agent_name || ''), coalesce(occurred_at, created_at)"
  ],
  [
    'memories',
    'memories_app',
    "user_id, (coalesce(source ->> 'key_id', source ->> 'client_id')), updated_at"
  ],
  ['memory_versions', 'memory_versions_deleted', 'user_id, updated_at', 'where deleted']
] as const

export async function up(db: Kysely<any>): Promise<void> {
  for (const [table, name, prefix, columns, condition] of indexes) {
    await replaceIndex(db, table, name, `('${prefix} ' || user_id), ${columns}`, condition)
  }
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('tool_calls_app_time').execute()
  for (const [table, name, columns, condition] of formerIndexes) {
    await replaceIndex(db, table, name, columns, condition)
  }
}

async function replaceIndex(
  db: Kysely<any>,
  table: string,
  name: string,
  columns: string,
  condition = ''
): Promise<void> {
  await sql`drop index if exists ${sql.table(name)}`.execute(db)
  await sql`create index ${sql.ref(name)} on ${sql.table(table)} (${sql.raw(columns)})
    ${sql.raw(condition)}`.execute(db)
}
