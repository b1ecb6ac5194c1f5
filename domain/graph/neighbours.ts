import { type GraphEdge, listGraphEdges, listConnectedNodes } from '../../db/graph/edges.ts'
import { listSuggestedMemories } from '../../db/graph/suggestions.ts'
import type { DataContext } from '../context.ts'
import { parseInstant } from '../time/instant.ts'
import { zoneFor } from '../time/person.ts'
import { resolveNode, type NodeSummary } from './nodes.ts'

export interface NeighbourRequest {
  reference: string
  /** Links to follow from the node, one after another. */
  depth: number
  type?: string | undefined
  /** Links as they held at this ISO 8601 time; now when absent. */
  at?: string | undefined
  agent_name?: string | undefined
}

export interface Neighbourhood {
  node: NodeSummary
  neighbours: Awaited<ReturnType<typeof listConnectedNodes>>
  /** The links among the node and its neighbours. */
  edges: GraphEdge[]
  /** Memories that may belong to the node too. Nobody linked them. */
  suggestions: Awaited<ReturnType<typeof listSuggestedMemories>>
}

/** What is linked to a memory or thing, nearest first. Throws ToolError. */
export async function findNeighbours(
  { db, principal: { user_id: userId } }: DataContext,
  { reference, depth, type, at: time, agent_name: agentName }: NeighbourRequest
): Promise<Neighbourhood> {
  const { node, summary } = await resolveNode(
    db,
    userId,
    reference,
    agentName === undefined ? {} : { agentName }
  )
  const validAt = time
    ? (parseInstant('at', time, await zoneFor(db, userId)) ?? undefined)
    : undefined
  const filter = { type, at: validAt }
  const neighbours = await listConnectedNodes(db, userId, {
    node_id: node.node_id,
    depth,
    ...filter
  })
  const nodeIds = [node.node_id, ...neighbours.map(({ node_id: id }) => id)]
  return {
    node: summary,
    neighbours,
    edges: neighbours.length === 0 ? [] : await listGraphEdges(db, userId, nodeIds, filter),
    suggestions: node.memory_id ? await listSuggestedMemories(db, userId, node.memory_id) : []
  }
}
