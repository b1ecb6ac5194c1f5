import { type Static, Type } from 'typebox'
import { findNeighbours, type Neighbourhood } from '../../domain/graph/neighbours.ts'
import { KnownEdgeType, NodeAnswer, NodeRef } from '../../domain/graph/nodes.ts'
import { closed, Namespace } from '../../domain/memory/fields.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'

const RelatedNode = Type.Object(
  {
    ...NodeAnswer.properties,
    depth: Type.Integer(),
    value: Type.Optional(Type.String({ description: 'The beginning of a memory.' })),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  },
  closed
)

const RelatedLink = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    type: Type.String(),
    weight: Type.Number(),
    valid_from: Type.String(),
    valid_until: Type.Optional(Type.String())
  },
  closed
)

const SuggestedMemory = Type.Object(
  { key: Type.String(), agent_name: Type.String(), why: Type.String() },
  closed
)

export const memoryGetRelated = tool({
  name: 'memory_get_related',
  title: 'Follow links',
  description:
    'Returns what is linked to a memory or thing, over several steps, with the links. ' +
    'Use it for "what belongs to this?"; to find by content, use memory_search. It also ' +
    'suggests memories that may belong to it but are not linked.',
  example: { node_id: 'person:Ada' },
  groups: ['graph', 'memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      node_id: NodeRef,
      depth: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 10,
          default: 2,
          description: 'How many steps at most.'
        })
      ),
      rel_type: Type.Optional(KnownEdgeType),
      at: Type.Optional(
        Type.String({ maxLength: 40, description: 'Links as of this time, such as 2026-01-31.' })
      ),
      agent_name: Namespace
    },
    closed
  ),
  output: Type.Object(
    {
      node: NodeAnswer,
      depth: Type.Integer(),
      rel_type: Type.Optional(Type.String()),
      related_count: Type.Integer(),
      related_nodes: Type.Array(RelatedNode),
      links: Type.Array(RelatedLink),
      suggestions: Type.Array(SuggestedMemory)
    },
    closed
  ),
  async run({ node_id: reference, depth = 2, rel_type: type, ...request }, context) {
    const neighbourhood = await findNeighbours(context, { ...request, reference, depth, type })
    const { node, neighbours, edges, suggestions } = neighbourhood
    return {
      node,
      depth,
      ...(type !== undefined && { rel_type: type }),
      related_count: neighbours.length,
      related_nodes: neighbours.map(relatedNode),
      links: edges.map(relatedLink),
      suggestions: suggestions.map(suggestedMemory)
    }
  },
  text({ node, related_nodes: relatedNodes, links, suggestions }) {
    const namesById = new Map([node, ...relatedNodes].map(({ node_id: id, name }) => [id, name]))
    return [
      relatedNodes.length === 0
        ? `Nothing is linked to ${node.name} yet. Link it with graph_link.`
        : `${relatedNodes.length} linked to ${node.name}:`,
      ...relatedNodes.map(nodeLine),
      ...section(
        'Links:',
        links.map(({ from, to, type }) => `- ${namesById.get(from)} ${type} ${namesById.get(to)}`)
      ),
      ...section(
        'Not linked, but perhaps related:',
        suggestions.map(({ key, why }) => `- ${key}: ${why}`)
      )
    ].join('\n')
  }
})

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines]
}

function nodeLine({ name, type, depth, value }: Static<typeof RelatedNode>): string {
  return `- ${name} (${type}, ${quantity(depth, 'step')})${value ? `: ${value}` : ''}`
}

/** A memory goes by its key, any other thing by its name. */
function relatedNode(node: Neighbourhood['neighbours'][number]): Static<typeof RelatedNode> {
  return {
    node_id: node.node_id,
    type: node.type,
    name: node.key ?? node.name,
    ...(node.agent_name !== null && { agent_name: node.agent_name }),
    depth: node.depth,
    ...(node.value !== null && { value: node.value }),
    ...(Object.keys(node.data).length > 0 && { data: node.data })
  }
}

function relatedLink(edge: Neighbourhood['edges'][number]): Static<typeof RelatedLink> {
  return {
    from: edge.from_node,
    to: edge.to_node,
    type: edge.type,
    weight: edge.weight,
    valid_from: edge.valid_from.toISOString(),
    ...(edge.valid_until && { valid_until: edge.valid_until.toISOString() })
  }
}

function suggestedMemory(
  suggestion: Neighbourhood['suggestions'][number]
): Static<typeof SuggestedMemory> {
  const { key, agent_name: agentName, shared_tags: tags } = suggestion
  const reasons = [
    ...(tags.length > 0 ? [`shares the tags ${tags.join(', ')}`] : []),
    ...(suggestion.recalled_together ? ['was recalled at about the same time'] : [])
  ]
  return { key, agent_name: agentName, why: reasons.join('; ') }
}
