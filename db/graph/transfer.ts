import { sql } from 'kysely'
import { edgeColumns } from './columns.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Trx } from '../connection/connect.ts'

type GraphTable = 'graph_nodes' | 'graph_edges' | 'graph_edge_versions'

/** Everything but the owner. */
const columnsByTable: Record<GraphTable, readonly string[]> = {
  graph_nodes: ['node_id', 'type', 'name', 'memory_id', 'data', 'created_at'],
  graph_edges: edgeColumns,
  graph_edge_versions: [...edgeColumns, 'deleted']
}

function columnList(table: GraphTable) {
  return sql.join(columnsByTable[table].map((column) => sql.ref(column)))
}

/**
 * Yields whole rows as JSON text, with times to the microsecond, in pages by the primary key. The
 * transaction must see one moment (repeatable read).
 */
export async function* exportGraphRows(
  trx: Trx,
  userId: string,
  table: GraphTable,
  pageSize: number
): AsyncGenerator<string[]> {
  const [id, version] =
    table === 'graph_nodes'
      ? [sql.ref('node_id'), sql`0`]
      : [sql.ref('edge_id'), sql.ref('version')]
  let lastRow = { id: '', version: -1 }
  for (;;) {
    const { rows } = await sql<{ id: string; version: number; row: string }>`
      select ${id} as id, ${version} as version,
        (select to_jsonb(picked) from (select ${columnList(table)}) as picked)::text as row
      from ${sql.table(table)} where user_id = ${userId}
        and (${id}, ${version}) > (${lastRow.id}, ${lastRow.version}::integer)
      order by 1, 2 limit ${pageSize}`.execute(trx)
    if (rows.length > 0) yield rows.map(({ row }) => row)
    if (rows.length < pageSize) return
    lastRow = rows.at(-1)!
  }
}

/**
 * Inserts the nodes of exportGraphRows, given as a JSON array. It skips existing nodes, and nodes
 * of memories that the user neither has nor had.
 */
export async function importGraphNodes(trx: Trx, userId: string, rows: string): Promise<void> {
  const nodeColumns = columnList('graph_nodes')
  const hasMemory = (table: 'memories' | 'memory_versions') => sql`exists (
    select from ${sql.table(table)} as memory
    where memory.user_id = ${userId} and memory.memory_id = imported.memory_id)`
  await sql`insert into graph_nodes (user_id, ${nodeColumns})
    select ${userId}, ${nodeColumns}
    from jsonb_populate_recordset(null::graph_nodes, ${rows}::jsonb) as imported
    where imported.memory_id is null or ${hasMemory('memories')} or ${hasMemory('memory_versions')}
    on conflict do nothing`.execute(trx)
}

/**
 * Inserts links, or former states of links, whose nodes exist. Returns the ids of the inserted
 * rows. It skips a row that exists, and a link in whose place another one is open.
 */
export async function importGraphEdges(
  trx: Trx,
  userId: string,
  table: Exclude<GraphTable, 'graph_nodes'>,
  rows: string
): Promise<string[]> {
  const hasNode = (endColumn: string) => sql`exists (
    select from graph_nodes as node
    where node.user_id = ${userId} and node.node_id = imported.${sql.ref(endColumn)})`
  const inserted = await sql<{ edge_id: string }>`
    insert into ${sql.table(table)} (user_id, ${columnList(table)})
    select ${userId}, ${columnList(table)}
    from jsonb_populate_recordset(null::${sql.table(table)}, ${rows}::jsonb) as imported
    where ${hasNode('from_node')} and ${hasNode('to_node')}
    on conflict do nothing returning edge_id`.execute(trx)
  return inserted.rows.map((row) => row.edge_id)
}

/** Lists those of the ids that the user's links or their former states have. */
export async function listKnownEdgeIds(
  trx: Trx,
  userId: string,
  edgeIds: string[]
): Promise<string[]> {
  const knownIds = (table: 'graph_edges' | 'graph_edge_versions') =>
    trx
      .selectFrom(table)
      .select('edge_id')
      .where('user_id', '=', userId)
      .where(isOneOf('edge_id', edgeIds))
  const rows = await knownIds('graph_edges').union(knownIds('graph_edge_versions')).execute()
  return rows.map((row) => row.edge_id)
}
