import { Type } from 'typebox'
import type { Db } from '../../db/connection/connect.ts'
import { findGraphNode, type NewGraphNode } from '../../db/graph/nodes.ts'
import { findMemory } from '../../db/memory/memories.ts'
import { GLOBAL_NAMESPACE } from '../memory/fields.ts'
import { ToolError } from '../../lib/tool-error.ts'

/** What may be linked beside memories. */
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
/** How two things can relate. */
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

/** Where links are asked for: the enumeration stands at graph_link. */
export const KnownEdgeType = Type.String({
  pattern: '^[a-z_]+$',
  maxLength: 40,
  description: 'A type of graph_link.'
})
export const EdgeType = Type.Enum(edgeTypes, { description: 'How they relate.' })
export const NodeRef = Type.String({
  minLength: 1,
  maxLength: 400,
  description:
    'A memory by its key or id, or another thing as type:name, such as topic:rust or person:Ada.'
})
export const OtherNode = Type.String({ minLength: 1, maxLength: 400, description: 'Likewise.' })
export const NodeAnswer = Type.Object(
  {
    node_id: Type.String(),
    type: Type.String(),
    name: Type.String(),
    agent_name: Type.Optional(Type.String())
  },
  { additionalProperties: false }
)

/** A node as it is answered: a memory by its key, everything else by its name. */
export interface NodeSummary {
  node_id: string
  type: string
  name: string
  agent_name?: string
}

/**
 * What a reference means: the memory under that key in the namespace, the memory of that id (also
 * as `memory:id`), or a thing named type:name, known or, with `make`, new. Throws ToolError.
 */
export async function resolveNode(
  db: Db,
  userId: string,
  reference: string,
  { agentName = GLOBAL_NAMESPACE, make = false } = {}
): Promise<{ node: NewGraphNode; shown: NodeSummary }> {
  const memory =
    (await findMemory(db, userId, { agent_name: agentName, key: reference })) ??
    (await findMemory(db, userId, { memory_id: reference.replace(/^memory:/, '') }))
  if (memory) {
    const { memory_id: id, key, agent_name: namespace } = memory
    const node = { node_id: `memory:${id}`, type: 'memory', name: key, memory_id: id }
    return {
      node,
      shown: { node_id: node.node_id, type: 'memory', name: key, agent_name: namespace }
    }
  }
  const [, type = '', name = ''] = /^([a-z_]+):\s*(\S[^]*)$/.exec(reference) ?? []
  if (nodeTypes.includes(type)) {
    const node = { node_id: `${type}:${name.trim().toLowerCase()}`, type, name: name.trim() }
    const known = await findGraphNode(db, userId, node.node_id)
    if (known || make) {
      return { node, shown: { node_id: node.node_id, type, name: known?.name ?? node.name } }
    }
  }
  throw new ToolError(
    `There is no memory under key "${reference}" in namespace "${agentName}", and nothing else of that name. ` +
      `Find memories with memory_search; name other things as type:name, where type is one of ${nodeTypes.join(', ')}.`
  )
}
