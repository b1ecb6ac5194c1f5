import { type Kysely, sql } from 'kysely'

const columns = [
  'user_id',
  'edge_id',
  'version',
  'from_node',
  'to_node',
  'type',
  'weight',
  'valid_from',
  'valid_until',
  'source',
  'created_at',
  'written_at',
  'written_by'
]

export async function up(db: Kysely<any>): Promise<void> {
  // written_at, written_by: when and by whom a link was put as it is, where that is not what
  // created_at and source tell: after it was ended, renewed, undone.
  await db.schema
    .alterTable('graph_edges')
    .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('written_at', 'timestamptz')
    .addColumn('written_by', 'jsonb')
    .execute()

  // What a link was before each change, so that an undo can give it back. One that an undo took
  // away has a row with `deleted`, which says by whom and when.
  await db.schema
    .createTable('graph_edge_versions')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('edge_id', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('deleted', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('from_node', 'text', (column) => column.notNull())
    .addColumn('to_node', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('weight', 'double precision', (column) => column.notNull())
    .addColumn('valid_from', 'timestamptz', (column) => column.notNull())
    .addColumn('valid_until', 'timestamptz')
    .addColumn('source', 'jsonb', (column) => column.notNull())
    .addColumn('created_at', 'timestamptz', (column) => column.notNull())
    .addColumn('written_at', 'timestamptz')
    .addColumn('written_by', 'jsonb')
    .addPrimaryKeyConstraint('graph_edge_versions_pkey', ['user_id', 'edge_id', 'version'])
    .addForeignKeyConstraint(
      'graph_edge_versions_from_node',
      ['user_id', 'from_node'],
      'graph_nodes',
      ['user_id', 'node_id'],
      (constraint) => constraint.onDelete('cascade')
    )
    .addForeignKeyConstraint(
      'graph_edge_versions_to_node',
      ['user_id', 'to_node'],
      'graph_nodes',
      ['user_id', 'node_id'],
      (constraint) => constraint.onDelete('cascade')
    )
    .execute()
  for (const end of ['from_node', 'to_node']) {
    await db.schema
      .createIndex(`graph_edge_versions_${end}`)
      .on('graph_edge_versions')
      .columns(['user_id', end])
      .execute()
  }

  // Whoever changes a link, by whatever statement: what it was is kept.
  const kept = sql.join(columns.map((column) => sql.ref(column)))
  await sql`create function keep_graph_edge() returns trigger language plpgsql as $$
    begin
      insert into graph_edge_versions (${kept}) select ${sql.join(columns.map((column) => sql`(old).${sql.ref(column)}`))};
      new.version := old.version + 1;
      return new;
    end $$`.execute(db)
  await sql`create trigger graph_edges_kept before update on graph_edges for each row execute function keep_graph_edge()`.execute(
    db
  )

  // What a person is told first: their most important memories.
  await sql`create index memories_important on memories (user_id, importance desc, updated_at desc) where importance > 0.5`.execute(
    db
  )
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropIndex('memories_important').execute()
  await sql`drop trigger graph_edges_kept on graph_edges`.execute(db)
  await sql`drop function keep_graph_edge()`.execute(db)
  await db.schema.dropTable('graph_edge_versions').execute()
  for (const column of ['written_by', 'written_at', 'version']) {
    await db.schema.alterTable('graph_edges').dropColumn(column).execute()
  }
}
