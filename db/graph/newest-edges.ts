import { sql } from 'kysely'
import { isOneOf } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { holdsAt, isLiveMemory } from './conditions.ts'
import type { GraphEdge } from './edges.ts'

/** Lists the open edges that were made last, newest first (index graph_edges_newest). */
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
    .orderBy('created_at', 'desc')
    .orderBy('edge_id', 'desc')
    .limit(limit)
    .execute()
}

/** Lists the nodes with these ids, without those of deleted or expired memories. */
export function listGraphNodes(db: Db, userId: string, nodeIds: readonly string[]) {
  return db
    .selectFrom('graph_nodes as node')
    .leftJoin('memories as memory', (join) =>
      join
        .onRef('memory.memory_id', '=', 'node.memory_id')
        .on('memory.user_id', '=', userId)
        .on(isLiveMemory('memory'))
    )
    .where('node.user_id', '=', userId)
    .where(isOneOf('node.node_id', nodeIds))
    .where(sql<boolean>`(node.memory_id is null or memory.memory_id is not null)`)
    .select(['node.node_id', 'node.type', 'node.name', 'node.memory_id', 'memory.key'])
    .execute()
}
