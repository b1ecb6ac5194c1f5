import type { Db } from '../connection/connect.ts'
import { holdsAt } from './conditions.ts'
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
