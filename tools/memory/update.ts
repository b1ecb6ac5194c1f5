import { Type } from 'typebox'
import { lockMemory, updateMemory } from '../../db/memories.ts'
import { replacePostings } from '../../db/memory-postings.ts'
import { tool, ToolError } from '../tool.ts'
import { closed, ExpiresAt, Importance, instant, Key, Kind, memoryAnswer, memoryText, Metadata, metadataText, Namespace, notFound, OccurredAt, SessionId, Speaker, StoredMemory, Tags, tagsText, Value } from './fields.ts'
import { memoryTerms } from './terms.ts'

export const memoryUpdate = tool({
  name: 'memory_update',
  title: 'Update a memory',
  description: 'Changes the named fields of a memory and leaves the others as they are. Use it to correct a value, or to change tags, importance or expiry. ' +
    'An empty text removes expires_at, session_id, speaker or occurred_at; lists and metadata are replaced as a whole.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    key: Key,
    agent_name: Namespace,
    value: Type.Optional(Value),
    tags: Type.Optional(Tags),
    importance: Type.Optional(Importance),
    type: Type.Optional(Kind),
    metadata: Type.Optional(Metadata),
    expires_at: Type.Optional(ExpiresAt),
    session_id: Type.Optional(SessionId),
    speaker: Type.Optional(Speaker),
    occurred_at: Type.Optional(OccurredAt)
  }, closed),
  jsonAsText: ['value'],
  output: Type.Object({ ...StoredMemory.properties, changed: Type.Array(Type.String(), { description: 'The fields that were named.' }) }, closed),
  async run ({ key, agent_name: agentName, ...named }, { db, principal }) {
    const { value, tags, importance, type, metadata, speaker } = named
    const changed = Object.keys(named)
    if (changed.length === 0) throw new ToolError('Nothing to change was named. Give at least one field besides key, for example value.')
    const changes = {
      ...(value !== undefined && { value }),
      ...(tags && { tags: tagsText(tags) }),
      ...(importance !== undefined && { importance }),
      ...(type !== undefined && { type }),
      ...(metadata && { metadata: metadataText(metadata) }),
      ...(named.expires_at !== undefined && { expires_at: instant('expires_at', named.expires_at) }),
      ...(named.session_id !== undefined && { session_id: named.session_id || null }),
      ...(speaker !== undefined && { speaker: speaker || null }),
      ...(named.occurred_at !== undefined && { occurred_at: instant('occurred_at', named.occurred_at) }),
      source: JSON.stringify(principal.source)
    }
    const memory = await db.transaction().execute(async (trx) => {
      const before = await lockMemory(trx, principal.user_id, { agent_name: agentName, key })
      if (!before) return undefined
      const { postings, length } = memoryTerms({
        key,
        value: value ?? before.value,
        tags: tags ?? before.tags,
        speaker: speaker ?? before.speaker
      })
      await replacePostings(trx, principal.user_id, before.memory_id, postings)
      return updateMemory(trx, principal.user_id, before.memory_id, { ...changes, search_length: length })
    })
    if (!memory) throw notFound({ key, agent_name: agentName })
    return { ...memoryAnswer(memory), changed }
  },
  text: ({ changed, ...memory }) => `✅ Memory updated: ${changed.join(', ')} of "${memory.key}". It now says:\n\n${memoryText(memory)}`
})
