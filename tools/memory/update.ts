import { Type } from 'typebox'
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
  Pinned,
  SessionId,
  Speaker,
  Tags,
  Value
} from '../../domain/memory/fields.ts'
import { type MemoryUpdate, updateMemory } from '../../domain/memory/update.ts'
import { replacesData } from '../annotations.ts'
import { tool } from '../tool.ts'
import { memoryAnswer } from './answer.ts'

/** The fields of memory_store; what is left out stays as it is. */
const memoryFields = {
  value: Type.Optional(Value),
  tags: Type.Optional(Tags),
  importance: Type.Optional(Importance),
  type: Type.Optional(MemoryType),
  metadata: Type.Optional(Metadata),
  expires_at: Type.Optional(ExpiresAt),
  session_id: Type.Optional(SessionId),
  speaker: Type.Optional(Speaker),
  occurred_at: Type.Optional(OccurredAt),
  pinned: Type.Optional(Pinned)
}

export const memoryUpdate = tool({
  name: 'memory_update',
  title: 'Update a memory',
  description:
    'Changes the given fields of a memory and keeps the others; null empties a field ' +
    '(not value). Use it to correct or complete what is stored; for a new fact, use ' +
    'memory_store.',
  example: { key: 'coffee_preference', value: 'Drinks tea now.' },
  rare: ['importance', 'metadata', 'expires_at', 'session_id', 'speaker', 'occurred_at', 'type'],
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
