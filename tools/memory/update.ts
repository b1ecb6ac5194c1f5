import { type TSchema, Type } from 'typebox'
import { tool, ToolError } from '../tool.ts'
import { closed, ExpiresAt, Importance, GLOBAL, instant, Key, Kind, memoryAnswer, Metadata, metadataText, Namespace, notFound, NORMAL, OccurredAt, SessionId, Speaker, Tags, unique, Value } from './fields.ts'
import { changeMemory, writingAs } from './write.ts'

/** The same without its description: memory_store has it, and lists of tools are to be short. */
function like<S extends TSchema> (schema: S) {
  return Type.Optional(Type.With(schema, { description: undefined }))
}

export const memoryUpdate = tool({
  name: 'memory_update',
  title: 'Update a memory',
  description: 'Changes the named fields of a memory and keeps the others. An empty text removes expires_at, session_id, speaker or occurred_at.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    key: Key,
    agent_name: Namespace,
    value: like(Value),
    tags: like(Tags),
    importance: like(Importance),
    type: like(Kind),
    metadata: like(Metadata),
    expires_at: like(ExpiresAt),
    session_id: like(SessionId),
    speaker: like(Speaker),
    occurred_at: like(OccurredAt)
  }, closed),
  jsonAsText: ['value'],
  output: Type.Object({
    key: Type.String(),
    value: Type.String(),
    truncated: Type.Optional(Type.Boolean()),
    agent_name: Type.String(),
    changed: Type.Array(Type.String()),
    updated_at: Type.String()
  }, closed),
  async run ({ key, agent_name: agentName = GLOBAL, ...named }, context) {
    const { value, tags, importance, type, metadata, speaker } = named
    const changed = Object.keys(named)
    if (changed.length === 0) throw new ToolError('Nothing to change was named. Give at least one field besides key, for example value.')
    const changes = {
      ...(value !== undefined && { value }),
      ...(tags && { tags: JSON.stringify(unique(tags)) }),
      ...(importance !== undefined && { importance }),
      ...(type !== undefined && { type: type || NORMAL }),
      ...(metadata && { metadata: metadataText(metadata) }),
      ...(named.expires_at !== undefined && { expires_at: instant('expires_at', named.expires_at) }),
      ...(named.session_id !== undefined && { session_id: named.session_id || null }),
      ...(speaker !== undefined && { speaker: speaker || null }),
      ...(named.occurred_at !== undefined && { occurred_at: instant('occurred_at', named.occurred_at) })
    }
    const memory = await writingAs(context, (trx, writer) => changeMemory(trx, writer, { agent_name: agentName, key }, changes))
    if (!memory) throw notFound({ key, agent_name: agentName })
    const { value: echo, truncated } = memoryAnswer(memory)
    return { key, value: echo, ...(truncated && { truncated }), agent_name: agentName, changed, updated_at: memory.updated_at.toISOString() }
  },
  text: ({ key, value, truncated, changed }) => `✅ Memory updated: ${changed.join(', ')} of "${key}". It says:\n${value}${truncated ? '… (cut)' : ''}`
})
