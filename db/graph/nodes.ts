import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { GraphNodesTable } from '../schema/index.ts'

export type GraphNode = Selectable<GraphNodesTable>
export interface NewGraphNode {
  node_id: string
  type: string
  name: string
  memory_id?: string | null
  data?: Record<string, unknown>
}

/**
 * Inserts the nodes that are not there yet; of several writers at one instant each finds them there
 * afterwards. In one order, so that no two wait for each other.
 */
export async function insertGraphNodes(
  trx: Trx,
  userId: string,
  nodes: NewGraphNode[]
): Promise<void> {
  const rows = nodes
    .toSorted((a, b) => (a.node_id < b.node_id ? -1 : 1))
    .map(({ data = {}, ...node }) => ({ ...node, user_id: userId, data: JSON.stringify(data) }))
  await trx
    .insertInto('graph_nodes')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['user_id', 'node_id']).doNothing())
    .execute()
}

export function findGraphNode(
  db: Db,
  userId: string,
  nodeId: string
): Promise<GraphNode | undefined> {
  return db
    .selectFrom('graph_nodes')
    .selectAll()
    .where('user_id', '=', userId)
    .where('node_id', '=', nodeId)
    .executeTakeFirst()
}

/**
 * Takes the nodes of memories that are gone for good, and their edges with them; one that can still
 * be restored finds its links again.
 */
export async function deleteLostGraphNodes(trx: Trx, userId: string): Promise<void> {
  await trx
    .deleteFrom('graph_nodes as n')
    .where('n.user_id', '=', userId)
    .where('n.memory_id', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('memories as m')
            .select('m.memory_id')
            .where('m.user_id', '=', userId)
            .whereRef('m.memory_id', '=', 'n.memory_id')
        )
      )
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('memory_versions as v')
            .select('v.version')
            .where('v.user_id', '=', userId)
            .whereRef('v.memory_id', '=', 'n.memory_id')
        )
      )
    )
    .execute()
}

/** Empties a person's graph. */
export async function deleteGraph(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('graph_nodes').where('user_id', '=', userId).execute() // edges go with their nodes
}

/**
 * What a person talks about, and where: counts over all recorded interactions; topics by number,
 * then by name, at most 50.
 */
export async function findInteractionPattern(db: Db, userId: string) {
  const interactions = db
    .selectFrom('graph_nodes as n')
    .where('n.user_id', '=', userId)
    .where('n.type', '=', 'interaction')
  const count = sql<number>`count(*)`
  const totals = await interactions
    .select([
      count.as('interactions'),
      sql<Date | null>`min(n.created_at)`.as('first_at'),
      sql<Date | null>`max(n.created_at)`.as('last_at')
    ])
    .executeTakeFirstOrThrow()
  const platforms = await interactions
    .select([
      sql<string>`coalesce(nullif(n.data->>'platform', ''), 'unknown')`.as('platform'),
      count.as('interactions')
    ])
    .groupBy('platform')
    .orderBy('interactions', 'desc')
    .orderBy('platform')
    .limit(50)
    .execute()
  const topics = await db
    .selectFrom('graph_edges as e')
    .innerJoin('graph_nodes as i', (join) =>
      join
        .onRef('i.node_id', '=', 'e.from_node')
        .on('i.user_id', '=', userId)
        .on('i.type', '=', 'interaction')
    )
    .innerJoin('graph_nodes as n', (join) =>
      join
        .onRef('n.node_id', '=', 'e.to_node')
        .on('n.user_id', '=', userId)
        .on('n.type', '=', 'topic')
    )
    .where('e.user_id', '=', userId)
    .where('e.type', '=', 'related_to')
    .where('e.valid_until', 'is', null)
    .select(['n.name as topic', count.as('interactions')])
    .groupBy('n.name')
    .orderBy('interactions', 'desc')
    .orderBy('topic')
    .limit(50)
    .execute()
  return { ...totals, platforms, topics }
}
