import { Type } from 'typebox'
import { endGraphEdges, upsertGraphEdge } from '../../db/graph/edges.ts'
import { insertGraphNodes } from '../../db/graph/nodes.ts'
import { closed, Namespace } from '../../domain/memory/fields.ts'
import { parseInstant } from '../../domain/time/instant.ts'
import { zoneFor } from '../../domain/time/person.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  EdgeType,
  KnownEdgeType,
  NodeAnswer,
  NodeRef,
  OtherNode,
  resolveNode
} from '../../domain/graph/nodes.ts'

export const graphLink = tool({
  name: 'graph_link',
  title: 'Link two memories',
  description:
    'Notes that two things relate: memories, or a memory and a topic, person or project. Use it when the relation itself should be known later. An open link of the same type gets the new weight.',
  groups: ['graph', 'memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      from: NodeRef,
      to: OtherNode,
      type: Type.Optional({ ...EdgeType, default: 'related_to' }),
      weight: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1, default: 1, description: 'How strong, 0 to 1.' })
      ),
      valid_from: Type.Optional(
        Type.String({
          maxLength: 40,
          description: 'Since when it holds, ISO 8601; now when left out.'
        })
      ),
      valid_until: Type.Optional(
        Type.String({ maxLength: 40, description: 'Until when it held, ISO 8601.' })
      ),
      agent_name: Namespace
    },
    closed
  ),
  output: Type.Object(
    {
      from: NodeAnswer,
      to: NodeAnswer,
      type: Type.String(),
      weight: Type.Number(),
      created: Type.Boolean()
    },
    closed
  ),
  async run(
    { from, to, type = 'related_to', weight = 1, agent_name: agentName, ...times },
    { db, principal }
  ) {
    const options = { make: true, ...(agentName !== undefined && { agentName }) }
    const [one, other] = await Promise.all(
      [from, to].map((reference) => resolveNode(db, principal.user_id, reference, options))
    )
    if (one!.node.node_id === other!.node.node_id) {
      throw new ToolError('from and to are the same thing. Link two different ones.')
    }
    const zone =
      times.valid_from || times.valid_until ? await zoneFor(db, principal.user_id) : undefined
    const since = parseInstant('valid_from', times.valid_from ?? '', zone) ?? undefined
    const until = parseInstant('valid_until', times.valid_until ?? '', zone) ?? undefined
    if (until && until <= (since ?? new Date(0))) {
      throw new ToolError('valid_until must be after valid_from.')
    }
    const { created } = await db.transaction().execute(async (trx) => {
      await insertGraphNodes(trx, principal.user_id, [one!.node, other!.node])
      const edge = {
        from_node: one!.node.node_id,
        to_node: other!.node.node_id,
        type,
        weight,
        valid_from: since ?? (until && new Date(0)),
        valid_until: until
      }
      return upsertGraphEdge(trx, principal.user_id, edge, principal.source)
    })
    return { from: one!.summary, to: other!.summary, type, weight, created }
  },
  text: ({ from, to, type, created }) =>
    `✅ ${created ? 'Linked' : 'Link renewed'}: ${from.name} ${type} ${to.name}`
})

export const graphUnlink = tool({
  name: 'graph_unlink',
  title: 'End a link',
  description:
    'Ends the link between two things from now on; that it once held stays known. Without a type all links between them end.',
  groups: ['graph', 'memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    { from: NodeRef, to: OtherNode, type: Type.Optional(KnownEdgeType), agent_name: Namespace },
    closed
  ),
  output: Type.Object({ from: NodeAnswer, to: NodeAnswer, ended: Type.Integer() }, closed),
  async run({ from, to, type, agent_name: agentName }, { db, principal }) {
    const options = agentName === undefined ? {} : { agentName }
    const [one, other] = await Promise.all(
      [from, to].map((reference) => resolveNode(db, principal.user_id, reference, options))
    )
    const ended = await endGraphEdges(
      db,
      principal.user_id,
      [one!.node.node_id, other!.node.node_id],
      principal.source,
      type
    )
    return { from: one!.summary, to: other!.summary, ended: ended.length }
  },
  text: ({ from, to, ended }) =>
    ended === 0
      ? `Nothing to end: ${from.name} and ${to.name} have no open link of that kind. See what is linked with memory_get_related.`
      : `✅ ${ended} ${ended === 1 ? 'link' : 'links'} between ${from.name} and ${to.name} ended.`
})
