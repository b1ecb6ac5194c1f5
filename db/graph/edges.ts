import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
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

/** Edges that are followed from one node, the heaviest first; and nodes that a walk visits. */
const FAN_OUT = 50
const MAX_NODES = 200

/**
 * Notes the edge; one that is open between the same two nodes gets the new weight instead of a
 * second row. `created`: there was none.
 */
export async function upsertGraphEdge(
  trx: Trx,
  userId: string,
  { valid_from: from, valid_until: until, ...edge }: NewGraphEdge,
  source: Source
): Promise<{ edge_id: string; created: boolean }> {
  const { edge_id: edgeId, created } = await trx
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
          written_at: sql<Date>`clock_timestamp()`,
          written_by: null,
          ...(from && { valid_from: from })
        })
    )
    .returning(['edge_id', sql<boolean>`xmax = 0`.as('created')])
    .executeTakeFirstOrThrow() // xmax = 0: inserted
  return { edge_id: edgeId, created }
}

/**
 * Ends what is open between the two nodes, in either direction, of one type or of any; returns the
 * ended edges. They stay as history.
 */
export function endGraphEdges(
  db: Db,
  userId: string,
  [one, other]: [string, string],
  by: Source,
  type?: string
): Promise<GraphEdge[]> {
  return db
    .updateTable('graph_edges')
    .set({
      valid_until: sql`greatest(now(), valid_from)`,
      written_at: sql<Date>`clock_timestamp()`,
      written_by: JSON.stringify(by)
    })
    .where('user_id', '=', userId)
    .where('valid_until', 'is', null)
    .where(({ or, and, eb }) =>
      or([
        and([eb('from_node', '=', one), eb('to_node', '=', other)]),
        and([eb('from_node', '=', other), eb('to_node', '=', one)])
      ])
    )
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .returningAll()
    .execute()
}

export interface GraphWalk {
  node_id: string
  depth: number
  type?: string | undefined
  at?: Date | undefined
}

const holdsAt = (at: Date | undefined) =>
  sql<boolean>`valid_from <= coalesce(${at ?? null}::timestamptz, now()) and (valid_until is null or valid_until > coalesce(${at ?? null}::timestamptz, now()))`

/**
 * The nodes within `depth` edges of a node, over edges of both directions that hold at that time,
 * nearest first. A node of a memory that is gone is not visited. At each node the 50 heaviest edges
 * are followed; at most 200 nodes are returned, and none is visited twice: what a walk costs has an
 * end, however large the graph is.
 */
export async function listConnectedNodes(
  db: Db,
  userId: string,
  { node_id: start, depth, type, at }: GraphWalk
) {
  const reached: Array<Awaited<ReturnType<typeof listNeighbours>>[number] & { depth: number }> = []
  let outermost = [start]
  for (let step = 1; step <= depth && outermost.length > 0 && reached.length < MAX_NODES; step++) {
    const visited = [start, ...reached.map(({ node_id: id }) => id)]
    const found = await listNeighbours(db, userId, outermost, {
      visited,
      type,
      at,
      limit: MAX_NODES - reached.length
    })
    reached.push(...found.map((node) => ({ ...node, depth: step })))
    outermost = found.map(({ node_id: id }) => id)
  }
  return reached
}

/**
 * The nodes one edge away from the given ones (indexes graph_edges_from, graph_edges_to), apart
 * from those that were visited before.
 */
function listNeighbours(
  db: Db,
  userId: string,
  nodeIds: string[],
  {
    visited,
    type,
    at,
    limit
  }: Omit<GraphWalk, 'node_id' | 'depth'> & { visited: string[]; limit: number }
) {
  const steps = (near: 'from_node' | 'to_node', far: 'from_node' | 'to_node') => sql`(
    select ${sql.ref(far)} as node_id, weight from graph_edges
    where user_id = ${userId} and ${sql.ref(near)} = near.node_id and ${type === undefined ? sql`true` : sql`type = ${type}`} and ${holdsAt(at)}
    order by weight desc, ${sql.ref(far)} limit ${FAN_OUT})`
  return db
    .with('reached', (query) =>
      query
        .selectFrom(
          sql<{ node_id: string }>`unnest(${nodeIds}::text[])`.as<'near'>(sql`near(node_id)`)
        )
        .innerJoin(
          sql<{
            node_id: string
          }>`lateral (${steps('from_node', 'to_node')} union all ${steps('to_node', 'from_node')})`.as<'step'>(
            sql`step`
          ),
          (join) => join.onTrue()
        )
        .select('step.node_id')
        .distinct()
        .where('step.node_id', '<>', sql<string>`all(${visited}::text[])`)
    )
    .selectFrom('reached')
    .innerJoin('graph_nodes as n', (join) =>
      join.onRef('n.node_id', '=', 'reached.node_id').on('n.user_id', '=', userId)
    )
    .leftJoin('memories as m', (join) =>
      join.onRef('m.memory_id', '=', 'n.memory_id').on('m.user_id', '=', userId).on(live)
    )
    .where(present)
    .select([
      'n.node_id',
      'n.type',
      'n.name',
      'n.data',
      'm.key',
      'm.agent_name',
      sql<string | null>`left(m.value, 200)`.as('value')
    ])
    .orderBy('n.node_id')
    .limit(limit)
    .execute()
}

const live = sql<boolean>`(m.expires_at is null or m.expires_at > now())`
const present = sql<boolean>`(n.memory_id is null or m.memory_id is not null)`

/** The edges among the nodes that hold at that time, heaviest first, at most 500. */
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
    .limit(500)
    .execute()
}
