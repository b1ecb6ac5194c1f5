import { Type } from 'typebox'
import { lockMemory, updateMemory } from '../../db/memories.ts'
import { replacePostings } from '../../db/memory-postings.ts'
import { tool, ToolError } from '../tool.ts'
import { Importance, Instant, Key, MemoryType, Metadata, Namespace, oneLine, stored, StoredMemory, Tags, Value } from './fields.ts'
import { noMemory } from './recall.ts'
import { memoryTerms } from './terms.ts'

export const memoryUpdate = tool({
  name: 'memory_update',
  title: 'Update a memory',
  description: 'Changes parts of a memory that is there: only the fields that you name. To write it whole, or when it may not exist yet, use memory_store.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    key: Key,
    agent_name: Namespace,
    value: Type.Optional(Value),
    tags: Type.Optional(Tags),
    importance: Type.Optional(Importance),
    type: Type.Optional(MemoryType),
    metadata: Type.Optional(Metadata),
    expires_at: Type.Optional(Instant('When it is to be forgotten.'))
  }, { additionalProperties: false }),
  output: StoredMemory,
  async run ({ key, agent_name: agentName, ...change }, { db, principal }) {
    if (Object.keys(change).length === 0) throw new ToolError('Nothing to change was named. Give value, tags, importance, type, metadata or expires_at.')
    if (change.expires_at !== undefined && Date.parse(change.expires_at) <= Date.now()) throw new ToolError('expires_at lies in the past. To forget it now, use memory_delete.')
    const memory = await db.transaction().execute(async (trx) => {
      const present = await lockMemory(trx, principal.user_id, agentName, key)
      if (!present) throw noMemory(key, agentName)
      const { postings, length } = memoryTerms({ ...present, ...change })
      await replacePostings(trx, principal.user_id, present.memory_id, postings)
      return updateMemory(trx, principal.user_id, present.memory_id, change, principal.source, length)
    })
    return stored(memory)
  },
  text: ({ key, value, tags }) => `✅ Memory updated:\n- Key: ${key}\n- Value: ${oneLine(value, 500)}${tags.length > 0 ? `\n- Tags: ${tags.join(', ')}` : ''}`
})
