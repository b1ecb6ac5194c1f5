import { Type } from 'typebox'
import { listGraphEdges, listConnectedNodes } from '../../db/graph/edges.ts'
import { listSuggestedMemories } from '../../db/graph/suggestions.ts'
import { closed, Namespace } from '../../domain/memory/fields.ts'
import { parseInstant } from '../../domain/time/instant.ts'
import { zoneFor } from '../../domain/time/person.ts'
import { tool } from '../tool.ts'
import { KnownEdgeType, NodeAnswer, NodeRef, resolveNode } from '../../domain/graph/nodes.ts'

const Related = Type.Object(
  {
    ...NodeAnswer.properties,
    depth: Type.Integer(),
    value: Type.Optional(Type.String({ description: 'The beginning of a memory.' })),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  },
  closed
)

const Link = Type.Object(
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

export const memoryGetRelated = tool({
  name: 'memory_get_related',
  title: 'Follow links',
  description:
    'Returns what is linked to a memory or thing, over several steps, with the links between them; and, apart from that, guesses of what may belong to it too.',
  groups: ['graph', 'memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      node_id: NodeRef,
      depth: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10, default: 2, description: 'Steps at most.' })
      ),
      rel_type: Type.Optional(KnownEdgeType),
      at: Type.Optional(
        Type.String({ maxLength: 40, description: 'Links as they held then, ISO 8601.' })
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
      related_nodes: Type.Array(Related),
      links: Type.Array(Link),
      suggestions: Type.Array(
        Type.Object({ key: Type.String(), agent_name: Type.String(), why: Type.String() }, closed)
      )
    },
    closed
  ),
  async run(
    { node_id: reference, depth = 2, rel_type: type, at: time, agent_name: agentName },
    { db, principal }
  ) {
    const { user_id: userId } = principal
    const { node, summary } = await resolveNode(
      db,
      userId,
      reference,
      agentName === undefined ? {} : { agentName }
    )
    const at = time
      ? (parseInstant('at', time, await zoneFor(db, principal.user_id)) ?? undefined)
      : undefined
    const rows = await listConnectedNodes(db, userId, { node_id: node.node_id, depth, type, at })
    const edges =
      rows.length === 0
        ? []
        : await listGraphEdges(db, userId, [node.node_id, ...rows.map(({ node_id: id }) => id)], {
            type,
            at
          })
    const guesses = node.memory_id ? await listSuggestedMemories(db, userId, node.memory_id) : []
    return {
      node: summary,
      depth,
      ...(type !== undefined && { rel_type: type }),
      related_count: rows.length,
      related_nodes: rows.map(
        ({
          node_id: id,
          type: kind,
          name,
          data,
          depth: steps,
          key,
          agent_name: namespace,
          value
        }) => ({
          node_id: id,
          type: kind,
          name: key ?? name,
          ...(namespace !== null && { agent_name: namespace }),
          depth: steps,
          ...(value !== null && { value }),
          ...(Object.keys(data).length > 0 && { data })
        })
      ),
      links: edges.map(
        ({
          from_node: from,
          to_node: to,
          type: kind,
          weight,
          valid_from: since,
          valid_until: until
        }) => ({
          from,
          to,
          type: kind,
          weight,
          valid_from: since.toISOString(),
          ...(until && { valid_until: until.toISOString() })
        })
      ),
      suggestions: guesses.map(
        ({ key, agent_name: namespace, shared_tags: tags, recalled_together: together }) => ({
          key,
          agent_name: namespace,
          why: [
            ...(tags.length > 0 ? [`shares the tags ${tags.join(', ')}`] : []),
            ...(together ? ['was recalled at about the same time'] : [])
          ].join('; ')
        })
      )
    }
  },
  text({ node, related_nodes: related, links, suggestions }) {
    const names = new Map([node, ...related].map(({ node_id: id, name }) => [id, name]))
    return [
      related.length === 0
        ? `Nothing is linked to ${node.name} yet. Link it with graph_link.`
        : `${related.length} linked to ${node.name}:`,
      ...related.map(
        ({ name, type, depth, value }) =>
          `- ${name} (${type}, ${depth} ${depth === 1 ? 'step' : 'steps'})${value ? `: ${value}` : ''}`
      ),
      ...(links.length > 0
        ? [
            'Links:',
            ...links.map(({ from, to, type }) => `- ${names.get(from)} ${type} ${names.get(to)}`)
          ]
        : []),
      ...(suggestions.length > 0
        ? [
            'Not linked, but perhaps related:',
            ...suggestions.map(({ key, why }) => `- ${key}: ${why}`)
          ]
        : [])
    ].join('\n')
  }
})
