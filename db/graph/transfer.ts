import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'

type Table = 'graph_nodes' | 'graph_edges' | 'graph_edge_versions'

const edge = [
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
/** What is carried over of each table: everything but the owner. */
const columns: Record<Table, string[]> = {
  graph_nodes: ['node_id', 'type', 'name', 'memory_id', 'data', 'created_at'],
  graph_edges: edge,
  graph_edge_versions: [...edge, 'deleted']
}

/**
 * Rows of a table as JSON text, whole and to the microsecond, in pages by their primary key. In a
 * transaction that sees one moment.
 */
export async function* exportGraphRows(
  trx: Trx,
  userId: string,
  table: Table,
  pageSize: number
): AsyncGenerator<string[]> {
  const [id, version] =
    table === 'graph_nodes'
      ? [sql.ref('node_id'), sql`0`]
      : [sql.ref('edge_id'), sql.ref('version')]
  let after = { id: '', version: -1 }
  for (;;) {
    const { rows } = await sql<{ id: string; version: number; row: string }>`
      select ${id} as id, ${version} as version, (select to_jsonb(picked) from (select ${sql.join(columns[table].map((column) => sql.ref(column)))}) as picked)::text as row
      from ${sql.table(table)} where user_id = ${userId} and (${id}, ${version}) > (${after.id}, ${after.version}::integer)
      order by 1, 2 limit ${pageSize}`.execute(trx)
    if (rows.length > 0) yield rows.map(({ row }) => row)
    if (rows.length < pageSize) return
    after = rows.at(-1)!
  }
}

/**
 * Inserts nodes as exportGraphRows gave them, as a JSON array: those that are not there yet, and of
 * memories those whose memory is there, or was.
 */
export async function importGraphNodes(trx: Trx, userId: string, rows: string): Promise<void> {
  const names = sql.join(columns.graph_nodes.map((column) => sql.ref(column)))
  const known = (table: 'memories' | 'memory_versions') =>
    sql`exists (select from ${sql.table(table)} as k where k.user_id = ${userId} and k.memory_id = given.memory_id)`
  await sql`insert into graph_nodes (user_id, ${names})
    select ${userId}, ${names} from jsonb_populate_recordset(null::graph_nodes, ${rows}::jsonb) as given
    where given.memory_id is null or ${known('memories')} or ${known('memory_versions')}
    on conflict do nothing`.execute(trx)
}

/**
 * Inserts links, or former states of links, of things that are there. Returns the ids of those that
 * were inserted: the others were there, or another is open in their place.
 */
export async function importGraphEdges(
  trx: Trx,
  userId: string,
  table: Exclude<Table, 'graph_nodes'>,
  rows: string
): Promise<string[]> {
  const names = sql.join(columns[table].map((column) => sql.ref(column)))
  const there = (end: string) =>
    sql`exists (select from graph_nodes as n where n.user_id = ${userId} and n.node_id = given.${sql.ref(end)})`
  const { rows: inserted } = await sql<{
    edge_id: string
  }>`insert into ${sql.table(table)} (user_id, ${names})
    select ${userId}, ${names} from jsonb_populate_recordset(null::${sql.table(table)}, ${rows}::jsonb) as given
    where ${there('from_node')} and ${there('to_node')}
    on conflict do nothing returning edge_id`.execute(trx)
  return inserted.map(({ edge_id: id }) => id)
}

/** Which of these ids the user's links or their former states have. */
export async function listKnownEdgeIds(
  trx: Trx,
  userId: string,
  edgeIds: string[]
): Promise<string[]> {
  const ids = (table: 'graph_edges' | 'graph_edge_versions') =>
    trx
      .selectFrom(table)
      .select('edge_id')
      .where('user_id', '=', userId)
      .where(sql<boolean>`edge_id = any(${edgeIds}::text[])`)
  const rows = await ids('graph_edges').union(ids('graph_edge_versions')).execute()
  return rows.map(({ edge_id: id }) => id)
}
