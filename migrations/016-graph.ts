import { type Kysely, sql } from 'kysely'

const now = sql`now()`

export async function up(db: Kysely<any>): Promise<void> {
  // A node of type memory is the memory of that id; it has no foreign key, so that a deleted memory
  // that is restored finds its links again.
  await db.schema
    .createTable('graph_nodes')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.user_id').onDelete('cascade')
    )
    .addColumn('node_id', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('memory_id', 'text')
    .addColumn('data', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addPrimaryKeyConstraint('graph_nodes_pkey', ['user_id', 'node_id'])
    .execute()
  await db.schema
    .createIndex('graph_nodes_type')
    .on('graph_nodes')
    .columns(['user_id', 'type', 'created_at'])
    .execute()

  // Two times: valid_from to valid_until is when the fact holds, created_at when it was noted.
  await db.schema
    .createTable('graph_edges')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('edge_id', 'text', (column) =>
      column.notNull().defaultTo(sql`gen_random_uuid()::text`)
    )
    .addColumn('from_node', 'text', (column) => column.notNull())
    .addColumn('to_node', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('weight', 'double precision', (column) => column.notNull().defaultTo(1))
    .addColumn('valid_from', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addColumn('valid_until', 'timestamptz')
    .addColumn('source', 'jsonb', (column) => column.notNull().defaultTo(sql`'{}'`))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(now))
    .addPrimaryKeyConstraint('graph_edges_pkey', ['user_id', 'edge_id'])
    .addForeignKeyConstraint(
      'graph_edges_from_node',
      ['user_id', 'from_node'],
      'graph_nodes',
      ['user_id', 'node_id'],
      (constraint) => constraint.onDelete('cascade')
    )
    .addForeignKeyConstraint(
      'graph_edges_to_node',
      ['user_id', 'to_node'],
      'graph_nodes',
      ['user_id', 'node_id'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  // One open edge of a type between two nodes, by the database's word.
  await db.schema
    .createIndex('graph_edges_open')
    .unique()
    .on('graph_edges')
    .columns(['user_id', 'from_node', 'to_node', 'type'])
    .where(sql.ref('valid_until'), 'is', null)
    .execute()
  await db.schema
    .createIndex('graph_edges_from')
    .on('graph_edges')
    .columns(['user_id', 'from_node', 'weight'])
    .execute()
  await db.schema
    .createIndex('graph_edges_to')
    .on('graph_edges')
    .columns(['user_id', 'to_node', 'weight'])
    .execute()
}

export async function down(db: Kysely<any>): Promise<void> {
  for (const table of ['graph_edges', 'graph_nodes']) await db.schema.dropTable(table).execute()
}
