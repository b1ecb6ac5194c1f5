import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isLiveMemory } from './conditions.ts'

/**
 * The node with this id, for a lateral join. Its limit makes the database look up one node after
 * another: a plain join may read all nodes of the person instead.
 */
export function nodeById(db: Db, userId: string, nodeId: RawBuilder<string>) {
  return db
    .selectFrom('graph_nodes')
    .select(['node_id', 'type', 'name', 'data', 'memory_id'])
    .where('user_id', '=', userId)
    .where('node_id', '=', nodeId)
    .limit(1)
}

/**
 * The live memory that the row `node` stands for, for a lateral join. As in nodeById, the limit
 * makes the database look up one memory after another.
 */
export function memoryOfNode(db: Db, userId: string) {
  return db
    .selectFrom('memories')
    .select(['memory_id', 'key', 'agent_name', 'value'])
    .where('user_id', '=', userId)
    .where('memory_id', '=', sql<string>`node.memory_id`)
    .where(isLiveMemory('memories'))
    .limit(1)
}

/** Holds for a row `node` that is no memory, or whose memory is live: `memory` of memoryOfNode. */
export const isLiveNode = sql<boolean>`(node.memory_id is null or memory.memory_id is not null)`

/** Lists the nodes with these ids, without those of deleted or expired memories. */
export function listGraphNodes(db: Db, userId: string, nodeIds: readonly string[]) {
  const node = nodeById(db, userId, sql`seed.node_id`)
  return db
    .selectFrom(
      sql<{ node_id: string }>`unnest(${[...nodeIds]}::text[])`.as<'seed'>(sql`seed(node_id)`)
    )
    .innerJoinLateral(node.as('node'), (join) => join.onTrue())
    .leftJoinLateral(memoryOfNode(db, userId).as('memory'), (join) => join.onTrue())
    .where(isLiveNode)
    .select(['node.node_id', 'node.type', 'node.name', 'node.memory_id', 'memory.key'])
    .execute()
}
