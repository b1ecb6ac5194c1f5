import { type Selectable, sql } from 'kysely'
import { holdsAt } from './conditions.ts'
import { isLiveNode, memoryOfNode, nodeById } from './node-lookup.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { boundNamespaces, NamespaceLimitError } from '../connection/namespaces/index.ts'
import { clockTime } from '../connection/writers.ts'
import type { GraphEdgesTable, Source } from '../schema/index.ts'

export type GraphEdge = Selectable<GraphEdgesTable>
export interface NewGraphEdge {
  from_node: string
  to_node: string
  type: string
  weight: number
  valid_from?: Date | undefined
  valid_until?: Date | undefined
}

/** Edges to follow from one node in each direction; the heaviest come first. */
const MAX_EDGES_EACH = 50
/** Nodes that one walk returns. */
const MAX_NODES = 200
/** Edges among the nodes of one walk. */
const MAX_EDGES = 500
/** Characters of a memory's value in a list of nodes. */
const VALUE_LIMIT = 200

/**
 * Inserts the edge. If one is open between the same nodes, it gets the new weight instead.
 * `created` says whether there was none. Throws NamespaceLimitError if a bound caller does not see
 * the edge: then no end of it is a memory of its namespaces, or one is a memory of others.
 */
export async function upsertGraphEdge(
  trx: Trx,
  userId: string,
  { valid_from: from, valid_until: until, ...edge }: NewGraphEdge,
  source: Source
): Promise<{ edge_id: string; created: boolean }> {
  const upsertedEdge = await trx
    .insertInto('graph_edges')
    .values({
      ...edge,
      user_id: userId,
      source: JSON.stringify(source),
      ...(from && { valid_from: from }),
      ...(until && { valid_until: until })
    })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'from_node', 'to_node', 'type'])
        .where('valid_until', 'is', null)
        .doUpdateSet({
          weight: edge.weight,
          source: sql.ref('excluded.source'),
          written_at: clockTime,
          written_by: null,
          ...(from && { valid_from: from })
        })
    )
    .returning(['edge_id', sql<boolean>`xmax = 0`.as('created')]) // xmax is 0 after an insert
    .executeTakeFirstOrThrow()
  if (boundNamespaces(trx) && !(await hasGraphEdge(trx, userId, upsertedEdge.edge_id))) {
    throw new NamespaceLimitError('a bound caller links its own memories only')
  }
  return upsertedEdge
}

async function hasGraphEdge(db: Db, userId: string, edgeId: string): Promise<boolean> {
  const edge = await db
    .selectFrom('graph_edges')
    .select('edge_id')
    .where('user_id', '=', userId)
    .where('edge_id', '=', edgeId)
    .executeTakeFirst()
  return edge !== undefined
}

/** What ends an open edge, which stays as history. */
function endedNow(source: Source) {
  return {
    valid_until: sql<Date>`greatest(now(), valid_from)`,
    written_at: clockTime,
    written_by: JSON.stringify(source)
  }
}

/**
 * Ends the open edges between the two nodes in either direction, of one type or of all, and returns
 * them. Ended edges stay as history.
 */
export function endGraphEdges(
  db: Db,
  userId: string,
  [firstNode, secondNode]: [string, string],
  source: Source,
  type?: string
): Promise<GraphEdge[]> {
  return db
    .updateTable('graph_edges')
    .set(endedNow(source))
    .where('user_id', '=', userId)
    .where('valid_until', 'is', null)
    .where(({ or, and, eb }) =>
      or([
        and([eb('from_node', '=', firstNode), eb('to_node', '=', secondNode)]),
        and([eb('from_node', '=', secondNode), eb('to_node', '=', firstNode)])
      ])
    )
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .returningAll()
    .execute()
}

/**
 * Ends an open edge, and returns it with the number of the version that it was; undefined if there
 * is no such open edge.
 */
export function endGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  source: Source
): Promise<GraphEdge | undefined> {
  return trx
    .updateTable('graph_edges')
    .set(endedNow(source))
    .where('user_id', '=', userId)
    .where('edge_id', '=', edgeId)
    .where('valid_until', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

export interface GraphWalk {
  node_id: string
  depth: number
  /** Follow edges of this type only. */
  type?: string | undefined
  /** Follow edges that hold at this time; the default is now. */
  at?: Date | undefined
}

/**
 * Lists the nodes within `depth` edges of a node in both directions, nearest first. It skips nodes
 * of deleted memories. The cost has a limit however large the graph is: at each node it follows the
 * heaviest edges only, it visits no node twice, and it returns at most 200 nodes.
 */
export async function listConnectedNodes(db: Db, userId: string, walk: GraphWalk) {
  const connectedNodes: Array<
    Awaited<ReturnType<typeof listNeighbours>>[number] & { depth: number }
  > = []
  let outermostIds = [walk.node_id]
  for (let depth = 1; depth <= walk.depth && outermostIds.length > 0; depth++) {
    const visitedIds = [walk.node_id, ...connectedNodes.map((node) => node.node_id)]
    const limit = MAX_NODES - connectedNodes.length
    if (limit === 0) break
    const newNodes = await listNeighbours(db, userId, outermostIds, { ...walk, visitedIds, limit })
    connectedNodes.push(...newNodes.map((node) => ({ ...node, depth })))
    outermostIds = newNodes.map((node) => node.node_id)
  }
  return connectedNodes
}

interface NeighbourSearch extends Pick<GraphWalk, 'type' | 'at'> {
  visitedIds: string[]
  limit: number
}

/** Lists the nodes one edge away from the given ones, without the visited ones. */
function listNeighbours(
  db: Db,
  userId: string,
  nodeIds: string[],
  { visitedIds, limit, type, at }: NeighbourSearch
) {
  const edgeFilter = sql`${type === undefined ? sql`true` : sql`type = ${type}`} and ${holdsAt(at)}`
  const edgeEnds = (near: 'from_node' | 'to_node', far: 'from_node' | 'to_node') => sql`(
    select ${sql.ref(far)} as node_id, weight from ${sql.table('graph_edges')} as graph_edges
    where user_id = ${userId} and ${sql.ref(near)} = near.node_id and ${edgeFilter}
    order by weight desc, ${sql.ref(far)} limit ${MAX_EDGES_EACH})`
  // Indexes graph_edges_from and graph_edges_to.
  const neighbours = sql<{ node_id: string }>`lateral (${edgeEnds('from_node', 'to_node')}
    union all ${edgeEnds('to_node', 'from_node')})`
  return db
    .with('reached', (query) =>
      query
        .selectFrom(
          sql<{ node_id: string }>`unnest(${nodeIds}::text[])`.as<'near'>(sql`near(node_id)`)
        )
        .innerJoin(neighbours.as<'step'>(sql`step`), (join) => join.onTrue())
        .select('step.node_id')
        .distinct()
        .where('step.node_id', '<>', sql<string>`all(${visitedIds}::text[])`)
    )
    .selectFrom('reached')
    .innerJoinLateral(nodeById(db, userId, sql`reached.node_id`).as('node'), (join) =>
      join.onTrue()
    )
    .leftJoinLateral(memoryOfNode(db, userId).as('memory'), (join) => join.onTrue())
    .where(isLiveNode)
    .select([
      'node.node_id',
      'node.type',
      'node.name',
      'node.data',
      'memory.key',
      'memory.agent_name',
      sql<string | null>`left(memory.value, ${VALUE_LIMIT})`.as('value')
    ])
    .orderBy('node.node_id')
    .limit(limit)
    .execute()
}

/** Lists the edges among the nodes that hold at the time, heaviest first, at most 500. */
export function listGraphEdges(
  db: Db,
  userId: string,
  nodeIds: string[],
  { type, at }: Pick<GraphWalk, 'type' | 'at'>
): Promise<GraphEdge[]> {
  return db
    .selectFrom('graph_edges')
    .selectAll()
    .where('user_id', '=', userId)
    .where('from_node', 'in', nodeIds)
    .where('to_node', 'in', nodeIds)
    .where(holdsAt(at))
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .orderBy('weight', 'desc')
    .orderBy('created_at')
    .orderBy('edge_id')
    .limit(MAX_EDGES)
    .execute()
}
