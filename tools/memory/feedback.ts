import { Type } from 'typebox'
import { type FeedbackLabel, recordFeedback } from '../../domain/memory/feedback.ts'
import {
  closed,
  GLOBAL_NAMESPACE,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { addsData } from '../annotations.ts'
import { tool } from '../tool.ts'

export const memoryFeedback = tool({
  name: 'memory_feedback',
  title: 'Rate a memory',
  description:
    'Records whether a memory helped, which moves its importance a little. Use it after ' +
    'you used a memory or found it wrong. To correct its text, use memory_update.',
  example: { key: 'coffee_preference', label: 'useful' },
  groups: ['memory'],
  annotations: addsData,
  input: Type.Object(
    {
      key: Key,
      agent_name: Namespace,
      label: Type.String({
        enum: ['useful', 'irrelevant', 'outdated'],
        description: 'How the memory turned out.'
      }),
      weight: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          default: 1,
          description: 'How much it counts, 0 to 1.'
        })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      status: Type.Literal('recorded'),
      key: Type.String(),
      agent_name: Type.String(),
      label: Type.String(),
      weight: Type.Number(),
      importance: Type.Record(Type.String(), Type.Number()),
      feedback: Type.Record(Type.String(), Type.Integer())
    },
    closed
  ),
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE, weight = 1, ...args }, context) {
    const selector = { key, agent_name: agentName }
    const label = args.label as FeedbackLabel
    const result = await recordFeedback(context, selector, { label, weight })
    if (!result) throw memoryNotFound(selector)
    const { importance, feedback } = result
    return { status: 'recorded' as const, ...selector, label, weight, importance, feedback }
  },
  text: ({ key, label, importance }) =>
    `✅ Feedback recorded: "${key}" was ${label}. ` +
    `Its importance is ${importance.current} (was ${importance.previous}).`
})
