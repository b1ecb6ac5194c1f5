import { Type } from 'typebox'
import { tool } from '../tool.ts'
import {
  closed,
  GLOBAL_NAMESPACE,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { applyRating, withCallWriter } from '../../domain/memory/write.ts'

/** What a rating of full weight moves the importance by. */
const STEP = 0.1

export const memoryFeedback = tool({
  name: 'memory_feedback',
  title: 'Rate a memory',
  description:
    'Notes whether a memory helped: useful, irrelevant or outdated; its importance follows a little. Use it after you used a memory or found it wrong; to correct what it says, use memory_update.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false
  },
  input: Type.Object(
    {
      key: Key,
      agent_name: Namespace,
      label: Type.String({
        enum: ['useful', 'irrelevant', 'outdated'],
        description: 'What it was.'
      }),
      weight: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1, default: 1, description: 'How much it counts.' })
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
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE, label: given, weight = 1 }, context) {
    const label = given as 'useful' | 'irrelevant' | 'outdated'
    const which = { key, agent_name: agentName }
    const moved = (importance: number) =>
      rounded(Math.min(1, Math.max(0, importance + (label === 'useful' ? STEP : -STEP) * weight)))
    const former = await withCallWriter(context, (trx, writer) =>
      applyRating(trx, writer, which, label, moved)
    )
    if (!former) throw memoryNotFound(which)
    const current = moved(former.importance)
    const feedback = {
      useful: former.useful_count,
      irrelevant: former.irrelevant_count,
      outdated: former.outdated_count
    }
    feedback[label]++
    const importance = {
      previous: former.importance,
      current,
      delta: rounded(current - former.importance)
    }
    return { status: 'recorded' as const, ...which, label, weight, importance, feedback }
  },
  text: ({ key, label, importance }) =>
    `✅ Feedback recorded: "${key}" was ${label}. Its importance is ${importance.current} (was ${importance.previous}).`
})

function rounded(number: number): number {
  return Math.round(number * 1e9) / 1e9
}
