import { Type } from 'typebox'
import type { Db } from '../../db/connection/connect.ts'
import { findGraphNode, type NewGraphNode } from '../../db/graph/nodes.ts'
import { findMemory, type Memory } from '../../db/memory/memories.ts'
import { GLOBAL_NAMESPACE } from '../memory/fields.ts'
import { ToolError } from '../../lib/tool-error.ts'

/** Types of things that a link can have at its ends, beside memories. */
export const nodeTypes = [
  'topic',
  'person',
  'project',
  'place',
  'organization',
  'event',
  'file',
  'error',
  'decision',
  'session',
  'solution',
  'interaction',
  'github_issue',
  'github_pr'
]
/** Types of links. */
export const edgeTypes = [
  'related_to',
  'depends_on',
  'learned_from',
  'influences',
  'works_on',
  'solved_by',
  'similar_to',
  'caused_by',
  'implements',
  'imports',
  'affects',
  'blocks',
  'includes',
  'encountered',
  'made',
  'addresses',
  'closes',
  'mentioned_in',
  'supersedes',
  'contradicts'
]

/** A filter by type. It has no enumeration: graph_link lists the types once for all tools. */
export const KnownEdgeType = Type.String({
  pattern: '^[a-z_]+$',
  maxLength: 40,
  description: 'One of the types of graph_link.'
})
export const EdgeType = Type.Enum(edgeTypes, {
  description: 'How the first relates to the second.'
})
export const NodeRef = Type.String({
  minLength: 1,
  maxLength: 400,
  description:
    'A memory by its key or id, or another thing as type:name, such as topic:rust or person:Ada.'
})
export const OtherNode = Type.String({
  minLength: 1,
  maxLength: 400,
  description: 'The other thing, in the same form.'
})
export const NodeAnswer = Type.Object(
  {
    node_id: Type.String(),
    type: Type.String(),
    name: Type.String(),
    agent_name: Type.Optional(Type.String())
  },
  { additionalProperties: false }
)

/** A node in an answer. The name of a memory is its key. */
export interface NodeSummary {
  node_id: string
  type: string
  name: string
  agent_name?: string
}

/** A node to read or link, and its form in answers. */
export interface ResolvedNode {
  node: NewGraphNode
  summary: NodeSummary
}

/**
 * Resolves a reference: a key in the namespace, a memory id (also as `memory:id`), or another thing
 * as type:name. With `make`, such a thing need not exist yet. Throws ToolError if nothing matches.
 */
export async function resolveNode(
  db: Db,
  userId: string,
  reference: string,
  { agentName = GLOBAL_NAMESPACE, make = false } = {}
): Promise<ResolvedNode> {
  const memory =
    (await findMemory(db, userId, { agent_name: agentName, key: reference })) ??
    (await findMemory(db, userId, { memory_id: reference.replace(/^memory:/, '') }))
  if (memory) return memoryNode(memory)
  const [, type = '', name = ''] = /^([a-z_]+):\s*(\S[^]*)$/.exec(reference) ?? []
  if (nodeTypes.includes(type)) {
    const nodeName = name.trim()
    const nodeId = `${type}:${nodeName.toLowerCase()}`
    const knownNode = await findGraphNode(db, userId, nodeId)
    if (knownNode || make) {
      return {
        node: { node_id: nodeId, type, name: nodeName },
        summary: { node_id: nodeId, type, name: knownNode?.name ?? nodeName }
      }
    }
  }
  throw new ToolError(
    `There is no memory under key "${reference}" in namespace "${agentName}", and no other ` +
      'thing of that name. Find memories with memory_search; name other things as type:name, ' +
      `where type is one of ${nodeTypes.join(', ')}.`
  )
}

function memoryNode({ memory_id, key, agent_name }: Memory): ResolvedNode {
  const nodeId = `memory:${memory_id}`
  return {
    node: { node_id: nodeId, type: 'memory', name: key, memory_id },
    summary: { node_id: nodeId, type: 'memory', name: key, agent_name }
  }
}
