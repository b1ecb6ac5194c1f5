import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { holdsAt, isLiveMemory } from './conditions.ts'
import type { GraphEdge } from './edges.ts'

/**
 * Lists the open edges that were made last, newest first (indexes graph_edges_newest and
 * graph_edges_newest_of_type).
 */
export function listNewestEdges(
  db: Db,
  userId: string,
  { type, limit }: { type?: string | undefined; limit: number }
): Promise<GraphEdge[]> {
  return db
    .selectFrom('graph_edges')
    .selectAll()
    .where('user_id', '=', userId)
    .where('valid_until', 'is', null)
    .where(holdsAt(undefined))
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .orderBy('user_id', 'desc')
    .$if(type !== undefined, (query) => query.orderBy('type', 'desc'))
    .orderBy('created_at', 'desc')
    .orderBy('edge_id', 'desc')
    .limit(limit)
    .execute()
}

/**
 * Lists the nodes with these ids, without those of deleted or expired memories. It looks up one
 * node after another: for many ids the planner may read all nodes instead.
 */
export function listGraphNodes(db: Db, userId: string, nodeIds: readonly string[]) {
  const nodeOfId = db
    .selectFrom('graph_nodes')
    .select(['node_id', 'type', 'name', 'memory_id'])
    .where('user_id', '=', userId)
    .where('node_id', '=', sql<string>`seed.node_id`)
    .limit(1)
  const memoryOfNode = db
    .selectFrom('memories')
    .select(['memory_id', 'key'])
    .where('user_id', '=', userId)
    .where('memory_id', '=', sql<string>`node.memory_id`)
    .where(isLiveMemory('memories'))
    .limit(1)
  return db
    .selectFrom(
      sql<{ node_id: string }>`unnest(${[...nodeIds]}::text[])`.as<'seed'>(sql`seed(node_id)`)
    )
    .innerJoinLateral(nodeOfId.as('node'), (join) => join.onTrue())
    .leftJoinLateral(memoryOfNode.as('memory'), (join) => join.onTrue())
    .where(sql<boolean>`(node.memory_id is null or memory.memory_id is not null)`)
    .select(['node.node_id', 'node.type', 'node.name', 'node.memory_id', 'memory.key'])
    .execute()
}
