import { Type } from 'typebox'
import { upsertMemory } from '../../db/memories.ts'
import { replacePostings } from '../../db/memory-postings.ts'
import { tool, ToolError } from '../tool.ts'
import { cut, Importance, Instant, Key, MemoryType, Metadata, Namespace, oneLine, sequence, Tags, Value } from './fields.ts'
import { memoryTerms } from './terms.ts'

export const memoryStore = tool({
  name: 'memory_store',
  title: 'Store a memory',
  description: 'Remembers something for later conversations, in all assistants of this person. One fact per key, with a telling key; storing under a key that is ' +
    'there replaces its value and tells you the former one. Use it when the person asks to remember something, or states a lasting fact, preference or decision.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    key: Key,
    value: Value,
    agent_name: Namespace,
    tags: Type.Array(Tags.items, { ...Tags, default: [] }),
    importance: Type.Number({ ...Importance, default: 0.5 }),
    type: Type.String({ ...MemoryType, default: 'normal' }),
    metadata: Type.Record(Type.String(), Type.Unknown(), { ...Metadata, default: {} }),
    expires_at: Type.Optional(Instant('When it is to be forgotten.')),
    ...sequence
  }, { additionalProperties: false }),
  output: Type.Object({
    key: Type.String(),
    value: Type.String(),
    user_id: Type.String(),
    agent_name: Type.String(),
    created: Type.Boolean({ description: 'false: a value stood under this key.' }),
    replaced: Type.Optional(Type.String({ description: 'The former value, when it was another.' }))
  }, { additionalProperties: false }),

  async run ({ key, agent_name: agentName, value, tags, importance, type, metadata, ...rest }, { db, principal }) {
    if (rest.expires_at !== undefined && Date.parse(rest.expires_at) <= Date.now()) throw new ToolError('expires_at lies in the past. Give a later time, or leave it out to keep the memory.')
    const content = {
      value,
      tags,
      importance,
      type,
      metadata,
      session_id: rest.session_id ?? null,
      speaker: rest.speaker ?? null,
      occurred_at: rest.occurred_at ?? null,
      expires_at: rest.expires_at ?? null
    }
    const { postings, length } = memoryTerms({ key, tags, speaker: content.speaker, value })
    const memory = await db.transaction().execute(async (trx) => {
      const stored = await upsertMemory(trx, principal.user_id, agentName, key, content, principal.source, length)
      await replacePostings(trx, principal.user_id, stored.memory_id, postings)
      return stored
    })
    return {
      key,
      value: cut(value, 50_000),
      user_id: principal.user_id,
      agent_name: agentName,
      created: memory.created,
      ...(memory.replaced !== null && memory.replaced !== value && { replaced: cut(memory.replaced, 50_000) })
    }
  },

  text: ({ key, value, user_id: userId, replaced }) => [
    '✅ Memory stored successfully:', `- Key: ${key}`, `- Value: ${oneLine(value, 500)}`, `- User: ${userId}`, ...(replaced === undefined ? [] : [`- Replaced: ${oneLine(replaced, 500)}`])
  ].join('\n')
})
