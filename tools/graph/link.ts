import { Type } from 'typebox'
import { linkNodes, unlinkNodes } from '../../domain/graph/links.ts'
import {
  EdgeType,
  KnownEdgeType,
  NodeAnswer,
  NodeRef,
  OtherNode
} from '../../domain/graph/nodes.ts'
import { closed, Namespace } from '../../domain/memory/fields.ts'
import { quantity } from '../../lib/quantity.ts'
import { addsOnce, replacesData } from '../annotations.ts'
import { tool } from '../tool.ts'

export const graphLink = tool({
  name: 'graph_link',
  title: 'Link two memories',
  description:
    'Records that two things relate: memories, or a memory and a topic, person or ' +
    'project. Use it when the relation itself matters later; for a fact, use ' +
    'memory_store. An open link of the same type gets the new weight.',
  example: { from: 'project_atlas_deadline', to: 'person:Ada', type: 'depends_on' },
  groups: ['graph', 'memory'],
  annotations: addsOnce,
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
          description: 'When it began, such as 2026-01-31; by default now.'
        })
      ),
      valid_until: Type.Optional(
        Type.String({ maxLength: 40, description: 'When it ended, such as 2026-11-30.' })
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
  async run({ type = 'related_to', weight = 1, ...request }, context) {
    const { from, to, created } = await linkNodes(context, { ...request, type, weight })
    return { from, to, type, weight, created }
  },
  text: ({ from, to, type, created }) =>
    `✅ ${created ? 'Linked' : 'Link renewed'}: ${from.name} ${type} ${to.name}`
})

export const graphUnlink = tool({
  name: 'graph_unlink',
  title: 'End a link',
  description:
    'Ends the link between two things from now on; it stays in the history. Use it when ' +
    'a relation no longer holds; to change its weight, use graph_link. Without a type, ' +
    'all links between them end.',
  example: { from: 'project_atlas_deadline', to: 'person:Ada' },
  groups: ['graph', 'memory'],
  annotations: replacesData,
  input: Type.Object(
    { from: NodeRef, to: OtherNode, type: Type.Optional(KnownEdgeType), agent_name: Namespace },
    closed
  ),
  output: Type.Object({ from: NodeAnswer, to: NodeAnswer, ended: Type.Integer() }, closed),
  run: (request, context) => unlinkNodes(context, request),
  text: ({ from, to, ended: endedCount }) =>
    endedCount === 0
      ? `Nothing to end: ${from.name} and ${to.name} have no open link of that kind. ` +
        'See what is linked with memory_get_related.'
      : `✅ ${quantity(endedCount, 'link')} between ${from.name} and ${to.name} ended.`
})
