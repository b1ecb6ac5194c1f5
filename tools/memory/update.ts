import { type TSchema, Type } from 'typebox'
import {
  closed,
  ExpiresAt,
  GLOBAL_NAMESPACE,
  Importance,
  Key,
  MemoryType,
  Metadata,
  Namespace,
  memoryNotFound,
  OccurredAt,
  SessionId,
  Speaker,
  Tags,
  Value
} from '../../domain/memory/fields.ts'
import { type MemoryUpdate, updateMemory } from '../../domain/memory/update.ts'
import { replacesData } from '../annotations.ts'
import { tool } from '../tool.ts'
import { memoryAnswer } from './answer.ts'

/** The fields of memory_store without their descriptions, which keeps tools/list short. */
const memoryFields = {
  value: optionalField(Value),
  tags: optionalField(Tags),
  importance: optionalField(Importance),
  type: optionalField(MemoryType),
  metadata: optionalField(Metadata),
  expires_at: optionalField(ExpiresAt),
  session_id: optionalField(SessionId),
  speaker: optionalField(Speaker),
  occurred_at: optionalField(OccurredAt),
  pinned: Type.Optional(Type.Boolean())
}

export const memoryUpdate = tool({
  name: 'memory_update',
  title: 'Update a memory',
  description:
    'Changes the given fields of a memory and keeps the others. null empties a field (not value). ' +
    'pinned puts it first in briefings.',
  groups: ['memory'],
  annotations: replacesData,
  input: Type.Object({ key: Key, agent_name: Namespace, ...memoryFields }, closed),
  jsonAsText: ['value'],
  nullable: Object.keys(memoryFields),
  output: Type.Object(
    {
      key: Type.String(),
      value: Type.String(),
      truncated: Type.Optional(Type.Boolean()),
      agent_name: Type.String(),
      changed: Type.Array(Type.String()),
      updated_at: Type.String()
    },
    closed
  ),
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE, ...update }, context) {
    const selector = { key, agent_name: agentName }
    const memory = await updateMemory(context, selector, update as MemoryUpdate)
    if (!memory) throw memoryNotFound(selector)
    const { value, truncated } = memoryAnswer(memory)
    return {
      key,
      value,
      ...(truncated && { truncated }),
      agent_name: agentName,
      changed: Object.keys(update),
      updated_at: memory.updated_at.toISOString()
    }
  },
  text: ({ key, value, truncated, changed }) =>
    `✅ Memory updated: ${changed.join(', ')} of "${key}". ` +
    `It says:\n${value}${truncated ? '… (cut)' : ''}`
})

function optionalField<S extends TSchema>(schema: S) {
  return Type.Optional(Type.With(schema, { description: undefined }))
}
