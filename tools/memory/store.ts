import { Type } from 'typebox'
import {
  closed,
  DEFAULT_IMPORTANCE,
  ExpiresAt,
  Importance,
  Key,
  MemoryType,
  Metadata,
  Namespace,
  OccurredAt,
  Pinned,
  SessionId,
  Speaker,
  Tags,
  Value
} from '../../domain/memory/fields.ts'
import { saveMemory } from '../../domain/memory/save.ts'
import { countCodePoints, cutToBudget } from '../../lib/answer-size.ts'
import { replacesData } from '../annotations.ts'
import { tool } from '../tool.ts'

/** What the answer repeats of each value. */
const ECHO_BUDGET = 20_000

export const memoryStore = tool({
  name: 'memory_store',
  title: 'Store a memory',
  description:
    'Remembers a fact, preference or decision for later conversations, in every app of ' +
    'this person. Use it unasked when something should be known next time, never for ' +
    'secrets. One fact per key: the same key replaces the old value, and the answer ' +
    'shows it. To change some fields of a memory, use memory_update.',
  example: { key: 'coffee_preference', value: 'Drinks espresso without sugar.' },
  rare: ['type', 'metadata', 'session_id', 'speaker', 'pinned'],
  groups: ['memory'],
  annotations: replacesData,
  input: Type.Object(
    {
      key: Key,
      value: Value,
      agent_name: Namespace,
      tags: Type.Optional(Tags),
      importance: Type.Optional(Type.Number({ ...Importance, default: DEFAULT_IMPORTANCE })),
      type: Type.Optional(MemoryType),
      metadata: Type.Optional(Metadata),
      expires_at: Type.Optional(ExpiresAt),
      session_id: Type.Optional(SessionId),
      speaker: Type.Optional(Speaker),
      occurred_at: Type.Optional(OccurredAt),
      pinned: Type.Optional(Pinned)
    },
    closed
  ),
  jsonAsText: ['value'],
  output: Type.Object(
    {
      key: Type.String(),
      value: Type.String(),
      truncated: Type.Optional(Type.Boolean()),
      user_id: Type.String(),
      agent_name: Type.String(),
      created: Type.Boolean(),
      replaced: Type.Optional(Type.String()),
      hint: Type.Optional(Type.String())
    },
    closed
  ),
  async run(input, context) {
    const { agent_name: agentName, created, replaced, hint } = await saveMemory(context, input)
    const echo = cutToBudget(input.value, ECHO_BUDGET)
    return {
      key: input.key,
      value: echo,
      ...(echo.length < input.value.length && { truncated: true }),
      user_id: context.principal.user_id,
      agent_name: agentName,
      created,
      ...(replaced !== undefined && { replaced: cutToBudget(replaced, ECHO_BUDGET) }),
      ...(hint && { hint })
    }
  },
  text({ key, value, truncated, created, replaced, hint, ...answer }) {
    const cutNotice = `… (only the first ${countCodePoints(value)} characters are shown)`
    return [
      '✅ Memory stored successfully:',
      `- Key: ${key}`,
      `- Value: ${value}${truncated ? cutNotice : ''}`,
      `- User: ${answer.user_id}`,
      `- Namespace: ${answer.agent_name}`,
      ...(created ? [] : [`- Replaced: ${replaced ?? ''}`]),
      ...(hint ? [hint] : [])
    ].join('\n')
  }
})
