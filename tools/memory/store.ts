import { Type } from 'typebox'
import { countCodePoints, cutToBudget } from '../../lib/answer-size.ts'
import { tool, type ToolContext } from '../tool.ts'
import { findSameValue } from '../../db/memory/relations.ts'
import {
  closed,
  DEFAULT_IMPORTANCE,
  ExpiresAt,
  GLOBAL_NAMESPACE,
  Importance,
  Key,
  MemoryType,
  Metadata,
  metadataText,
  Namespace,
  DEFAULT_TYPE,
  OccurredAt,
  SessionId,
  Speaker,
  Tags,
  Value
} from '../../domain/memory/fields.ts'
import { similarNamespaceHint } from '../../domain/memory/namespaces.ts'
import { resolveMemoryTimes } from '../../domain/memory/times.ts'
import { storeMemory, withCallWriter } from '../../domain/memory/write.ts'

/** What an answer repeats of a value. */
const ECHO_BUDGET = 20_000

export const memoryStore = tool({
  name: 'memory_store',
  title: 'Store a memory',
  description:
    'Remembers a fact, preference or decision for later conversations, in every app of this person. Use it when something should be known next time. ' +
    'One fact per key, with a telling key; a memory already there is replaced, and the answer shows the old value.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false
  },
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
      occurred_at: Type.Optional(OccurredAt)
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
  async run(args, context) {
    const {
      key,
      value,
      agent_name: agentName = GLOBAL_NAMESPACE,
      tags = [],
      importance = DEFAULT_IMPORTANCE,
      metadata = {},
      speaker = ''
    } = args
    const memory = {
      key,
      value,
      agent_name: agentName,
      tags,
      importance,
      type: args.type || DEFAULT_TYPE,
      metadata: metadataText(metadata),
      session_id: args.session_id || null,
      speaker: speaker || null,
      occurred_at: null,
      expires_at: null,
      ...(await resolveMemoryTimes(args, context))
    }
    const {
      created,
      replaced,
      memory_id: id
    } = await withCallWriter(context, (trx, writer) => storeMemory(trx, writer, memory))
    const hint = await hintsOf(context, { memory_id: id, agent_name: agentName, created })
    const echo = cutToBudget(value, ECHO_BUDGET)
    return {
      key,
      value: echo,
      ...(echo.length < value.length && { truncated: true }),
      user_id: context.principal.user_id,
      agent_name: agentName,
      created,
      ...(replaced !== undefined && { replaced: cutToBudget(replaced, ECHO_BUDGET) }),
      ...(hint && { hint })
    }
  },
  text: ({
    key,
    value,
    truncated,
    user_id: userId,
    agent_name: agentName,
    created,
    replaced,
    hint
  }) =>
    [
      '✅ Memory stored successfully:',
      `- Key: ${key}`,
      `- Value: ${value}${truncated ? `… (only the first ${countCodePoints(value)} characters are shown)` : ''}`,
      `- User: ${userId}`,
      `- Namespace: ${agentName}`,
      ...(created ? [] : [`- Replaced: ${replaced ?? ''}`]),
      ...(hint ? [hint] : [])
    ].join('\n')
})

/**
 * What is worth knowing of what was stored: a namespace that is nearly another, a memory that says
 * the same.
 */
async function hintsOf(
  { db, principal: { user_id: userId } }: ToolContext,
  {
    memory_id: id,
    agent_name: agentName,
    created
  }: { memory_id: string; agent_name: string; created: boolean }
): Promise<string> {
  const namespaces =
    created && agentName !== GLOBAL_NAMESPACE
      ? await similarNamespaceHint(db, userId, agentName)
      : ''
  const same = await findSameValue(db, userId, id)
  const place = same && (same.agent_name === agentName ? '' : ` in namespace "${same.agent_name}"`)
  const double = same
    ? `The memory "${same.key}"${place} says the same. Both are kept; delete one with memory_delete if it is not needed.`
    : ''
  return [namespaces, double].filter(Boolean).join(' ')
}
