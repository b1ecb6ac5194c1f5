import { type Kysely, sql } from 'kysely'

/**
 * PostgreSQL checks a reference by a plan that it keeps from when the tables were small. Without
 * statistics every index that begins with the owner then looks as good as the right one, and each
 * check read all memories of the owner. References go by the number alone: only one index has it.
 */
const references = [
  {
    table: 'memory_postings',
    name: 'memory_postings_memory',
    to: 'memories',
    number: 'memory_no',
    owner: ['user_id']
  },
  {
    table: 'memory_vectors',
    name: 'memory_vectors_memory',
    to: 'memories',
    number: 'memory_no',
    owner: ['user_id']
  },
  {
    table: 'embedding_queue',
    name: 'embedding_queue_memory',
    to: 'memories',
    number: 'memory_no',
    owner: ['user_id']
  },
  {
    table: 'memory_index_queue',
    name: 'memory_index_queue_memory',
    to: 'memories',
    number: 'memory_no',
    owner: ['user_id']
  },
  {
    table: 'code_postings',
    name: 'code_postings_file',
    to: 'code_files',
    number: 'file_no',
    owner: ['user_id', 'project_no']
  },
  {
    table: 'code_pieces',
    name: 'code_pieces_file',
    to: 'code_files',
    number: 'file_no',
    owner: ['user_id', 'project_no']
  }
]

/** What a deletion looks for in the referring tables, where no index begins with it yet. */
const lookups = [
  { table: 'embedding_queue', name: 'embedding_queue_memory', column: 'memory_no' },
  { table: 'memory_index_queue', name: 'memory_index_queue_memory', column: 'memory_no' },
  { table: 'code_pieces', name: 'code_pieces_file', column: 'file_no' },
  { table: 'oauth_device_codes', name: 'oauth_device_codes_client', column: 'client_id' },
  {
    table: 'oauth_pushed_authorization_requests',
    name: 'oauth_pushed_authorization_requests_client',
    column: 'client_id'
  }
]

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createIndex('memories_number')
    .on('memories')
    .column('memory_no')
    .unique()
    .execute()
  await db.schema
    .createIndex('code_files_number')
    .on('code_files')
    .column('file_no')
    .unique()
    .execute()
  for (const reference of references) await refer(db, reference, [reference.number])
  await indexBy(db, 'memory_vectors', 'memory_vectors_memory', ['memory_no', 'user_id'])
  for (const { name, table, column } of lookups) {
    await db.schema.createIndex(name).on(table).column(column).execute()
  }
  await indexBy(db, 'graph_nodes', 'graph_nodes_type', ['type', 'user_id', 'created_at'])
}

export async function down(db: Kysely<any>): Promise<void> {
  await indexBy(db, 'graph_nodes', 'graph_nodes_type', ['user_id', 'type', 'created_at'])
  for (const { name } of lookups) await db.schema.dropIndex(name).execute()
  await indexBy(db, 'memory_vectors', 'memory_vectors_memory', ['user_id', 'memory_no'])
  for (const reference of references) {
    await refer(db, reference, [...reference.owner, reference.number])
  }
  await db.schema.dropIndex('code_files_number').execute()
  await db.schema.dropIndex('memories_number').execute()
}

async function refer(
  db: Kysely<any>,
  { table, name, to }: (typeof references)[number],
  by: string[]
): Promise<void> {
  const columns = sql.join(by.map((column) => sql.ref(column)))
  await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(name)},
    add constraint ${sql.ref(name)} foreign key (${columns})
    references ${sql.table(to)} (${columns}) on delete cascade`.execute(db)
}

async function indexBy(
  db: Kysely<any>,
  table: string,
  name: string,
  columns: string[]
): Promise<void> {
  await db.schema.dropIndex(name).execute()
  await db.schema.createIndex(name).on(table).columns(columns).execute()
}
