import { type TSchema, Type } from 'typebox'
import { tool, type ToolContext } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
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
  memoryNotFound,
  OccurredAt,
  SessionId,
  Speaker,
  Tags,
  Value
} from '../../domain/memory/fields.ts'
import { memoryAnswer } from './answer.ts'
import { resolveMemoryTimes } from '../../domain/memory/times.ts'
import { changeMemory, type ChangedFields, withCallWriter } from '../../domain/memory/write.ts'

/** The same without its description: memory_store has it, and lists of tools are to be short. */
function like<S extends TSchema>(schema: S) {
  return Type.Optional(Type.With(schema, { description: undefined }))
}

export const memoryUpdate = tool({
  name: 'memory_update',
  title: 'Update a memory',
  description:
    'Changes the named fields of a memory and keeps the others. null empties a field (not value).',
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
      agent_name: Namespace,
      value: like(Value),
      tags: like(Tags),
      importance: like(Importance),
      type: like(MemoryType),
      metadata: like(Metadata),
      expires_at: like(ExpiresAt),
      session_id: like(SessionId),
      speaker: like(Speaker),
      occurred_at: like(OccurredAt)
    },
    closed
  ),
  jsonAsText: ['value'],
  nullable: [
    'value',
    'tags',
    'importance',
    'type',
    'metadata',
    'expires_at',
    'session_id',
    'speaker',
    'occurred_at'
  ],
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
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE, ...fields }, context) {
    const changed = Object.keys(fields)
    if (changed.length === 0) {
      throw new ToolError(
        'Nothing to change was named. Give at least one field besides key, for example value.'
      )
    }
    const changes = await changesOf(fields as Fields, context)
    const memory = await withCallWriter(context, (trx, writer) =>
      changeMemory(trx, writer, { agent_name: agentName, key }, changes)
    )
    if (!memory) throw memoryNotFound({ key, agent_name: agentName })
    const { value: echo, truncated } = memoryAnswer(memory)
    return {
      key,
      value: echo,
      ...(truncated && { truncated }),
      agent_name: agentName,
      changed,
      updated_at: memory.updated_at.toISOString()
    }
  },
  text: ({ key, value, truncated, changed }) =>
    `✅ Memory updated: ${changed.join(', ')} of "${key}". It says:\n${value}${truncated ? '… (cut)' : ''}`
})

/** null: the field is to be emptied. */
interface Fields {
  value?: string | null
  tags?: string[] | null
  importance?: number | null
  type?: string | null
  metadata?: Record<string, unknown> | null
  expires_at?: string | null
  session_id?: string | null
  speaker?: string | null
  occurred_at?: string | null
}

/** The columns to write. Throws ToolError. */
async function changesOf(fields: Fields, context: ToolContext): Promise<ChangedFields> {
  const { value, tags, importance, type, metadata } = fields
  if (value === null) {
    throw new ToolError(
      'value cannot be emptied. Give the new text, or delete the memory with memory_delete.'
    )
  }
  return {
    ...(value !== undefined && { value }),
    ...(tags !== undefined && { tags: JSON.stringify(tags ?? []) }),
    ...(importance !== undefined && { importance: importance ?? DEFAULT_IMPORTANCE }),
    ...(type !== undefined && { type: type ?? DEFAULT_TYPE }),
    ...(metadata !== undefined && { metadata: metadataText(metadata ?? {}) }),
    ...(fields.session_id !== undefined && { session_id: fields.session_id }),
    ...(fields.speaker !== undefined && { speaker: fields.speaker }),
    ...(await resolveMemoryTimes(fields, context))
  }
}
