import { type RawBuilder, type Selectable, sql } from 'kysely'
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

/** Rows of each breakdown. */
const MAX_ROWS = 50

/**
 * Inserts the nodes that do not exist yet. Of concurrent callers each finds them afterwards. The
 * fixed order avoids deadlocks.
 */
export async function insertGraphNodes(
  trx: Trx,
  userId: string,
  nodes: NewGraphNode[]
): Promise<void> {
  const newRows = nodes
    .toSorted((a, b) => (a.node_id < b.node_id ? -1 : 1))
    .map(({ data = {}, ...node }) => ({ ...node, user_id: userId, data: JSON.stringify(data) }))
  await trx
    .insertInto('graph_nodes')
    .values(newRows)
    .onConflict((conflict) => conflict.columns(['user_id', 'node_id']).doNothing())
    .execute()
}

/** Returns the node, or undefined. */
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
 * Deletes the nodes of memories that cannot be restored any more, with their edges. A restorable
 * memory keeps its node and gets its links back.
 */
export async function deleteLostGraphNodes(trx: Trx, userId: string): Promise<void> {
  const memoryIsGone = (table: 'memories' | 'memory_versions') => sql<boolean>`not exists (
    select from ${sql.table(table)} as memory
    where memory.user_id = ${userId} and memory.memory_id = node.memory_id)`
  await trx
    .deleteFrom('graph_nodes as node')
    .where('node.user_id', '=', userId)
    .where('node.memory_id', 'is not', null)
    .where(memoryIsGone('memories'))
    .where(memoryIsGone('memory_versions'))
    .execute()
}

/** Deletes the user's nodes and, by their foreign keys, all edges. */
export async function deleteGraph(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('graph_nodes').where('user_id', '=', userId).execute()
}

const interactionCount: RawBuilder<number> = sql<number>`count(*)`

/**
 * Counts the user's recorded interactions: in total, by platform and by topic. Breakdowns are
 * ordered by number, then by name, with at most 50 rows each.
 */
export async function findInteractionPattern(db: Db, userId: string) {
  const interactions = db
    .selectFrom('graph_nodes as n')
    .where('n.user_id', '=', userId)
    .where('n.type', '=', 'interaction')
  const totals = await interactions
    .select([
      interactionCount.as('interactions'),
      sql<Date | null>`min(n.created_at)`.as('first_at'),
      sql<Date | null>`max(n.created_at)`.as('last_at')
    ])
    .executeTakeFirstOrThrow()
  const platforms = await interactions
    .select([
      sql<string>`coalesce(nullif(n.data->>'platform', ''), 'unknown')`.as('platform'),
      interactionCount.as('interactions')
    ])
    .groupBy('platform')
    .orderBy('interactions', 'desc')
    .orderBy('platform')
    .limit(MAX_ROWS)
    .execute()
  const topics = await listInteractionTopics(db, userId)
  return { ...totals, platforms, topics }
}

function listInteractionTopics(db: Db, userId: string) {
  return db
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
    .select(['n.name as topic', interactionCount.as('interactions')])
    .groupBy('n.name')
    .orderBy('interactions', 'desc')
    .orderBy('topic')
    .limit(MAX_ROWS)
    .execute()
}
