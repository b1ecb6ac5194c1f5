import { type Static, Type } from 'typebox'
import type { Memory } from '../../db/memory/memories.ts'
import { charactersOf, fit } from '../../lib/answer-size.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { TruthMarks } from './truth.ts'

export const closed = { additionalProperties: false } as const

/** The namespace of memories that all conversations share. */
export const GLOBAL = 'global'
/** The type of a memory that was given none. */
export const NORMAL = 'normal'
/** The importance of a memory that was given none. */
export const DEFAULT_IMPORTANCE = 0.5
/** Characters of metadata as JSON. */
const METADATA_LIMIT = 16_384

export const Key = Type.String({ minLength: 1, maxLength: 255, description: 'Its unique name.' })
export const Id = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'Id of the memory, instead of its key.'
  })
)
export const Namespace = Type.Optional(
  Type.String({ maxLength: 128, default: GLOBAL, description: 'Namespace.' })
)
export const AnyNamespace = Type.Optional(
  Type.String({ maxLength: 128, description: 'Only this namespace.' })
)
export const Value = Type.String({
  maxLength: 1_048_576,
  description: 'Text, up to 1 MiB, or other JSON.'
})
export const Tags = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 64,
  description: 'Labels.'
})
export const AllTags = Type.Optional(
  Type.Array(Type.String({ maxLength: 100 }), { maxItems: 64, description: 'Only with these.' })
)
export const Importance = Type.Number({ minimum: 0, maximum: 1, description: '0 to 1.' })
export const Kind = Type.String({ maxLength: 64, description: 'Preference, fact, decision ...' })
export const TagMatch = Type.Optional(Type.Enum(['all', 'any'], { description: 'Of the tags.' }))
export const OnlyKind = Type.Optional(
  Type.String({ maxLength: 64, description: 'Only this type.' })
)
export const Metadata = Type.Record(Type.String(), Type.Unknown(), {
  description: 'More about it.'
})
export const ExpiresAt = Type.String({ maxLength: 40, description: 'When to forget it, ISO 8601.' })
export const SessionId = Type.String({ maxLength: 255, description: 'Conversation it belongs to.' })
export const Speaker = Type.String({ maxLength: 255, description: 'Who said it.' })
export const OccurredAt = Type.String({ maxLength: 40, description: 'When it happened, ISO 8601.' })

/** A memory as it is answered. */
export const StoredMemory = Type.Object(
  {
    key: Type.String(),
    value: Type.String(),
    truncated: Type.Optional(Type.Boolean()),
    agent_name: Type.String(),
    tags: Type.Array(Type.String()),
    importance: Type.Number(),
    type: Type.String(),
    metadata: Type.Record(Type.String(), Type.Unknown()),
    session_id: Type.Optional(Type.String()),
    speaker: Type.Optional(Type.String()),
    occurred_at: Type.Optional(Type.String()),
    expires_at: Type.Optional(Type.String()),
    source: Type.Optional(Type.String()),
    created_at: Type.String(),
    updated_at: Type.String(),
    superseded_by: Type.Optional(Type.String()),
    contradicts: Type.Optional(Type.Array(Type.String()))
  },
  closed
)
export type MemoryAnswer = Static<typeof StoredMemory>

/** A memory as tools answer it: times in ISO 8601, a long value cut and marked. */
export function memoryAnswer(memory: Memory, marks: TruthMarks = {}): MemoryAnswer {
  const { key, value, tags, importance, type, metadata } = memory
  const [answer] = fit([
    {
      key,
      value,
      value_length: charactersOf(value),
      agent_name: memory.agent_name,
      tags,
      importance,
      type,
      metadata,
      ...(memory.session_id !== null && { session_id: memory.session_id }),
      ...(memory.speaker !== null && { speaker: memory.speaker }),
      ...(memory.occurred_at && { occurred_at: memory.occurred_at.toISOString() }),
      ...(memory.expires_at && { expires_at: memory.expires_at.toISOString() }),
      ...(memory.source.name && { source: memory.source.name }),
      created_at: memory.created_at.toISOString(),
      updated_at: memory.updated_at.toISOString(),
      ...marks
    }
  ])
  return answer!
}

/** The same for people: the value, then what is known about it. */
export function memoryText({ value, truncated, metadata, tags, ...facts }: MemoryAnswer): string {
  const lines = Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`)
  if (tags.length > 0) lines.push(`- tags: ${tags.join(', ')}`)
  if (Object.keys(metadata).length > 0) lines.push(`- metadata: ${JSON.stringify(metadata)}`)
  if (truncated) {
    lines.push(
      '- truncated: the value is longer; this is its beginning (memory_get_full_document has it all)'
    )
  }
  return `${value}\n\n${lines.join('\n')}`
}

/** Metadata as JSON text. Throws ToolError when it is too long. */
export function metadataText(metadata: Record<string, unknown>): string {
  const text = JSON.stringify(metadata)
  if (text.length > METADATA_LIMIT) {
    throw new ToolError(
      `metadata is too long: ${text.length} characters as JSON, of at most ${METADATA_LIMIT}. Put long text into the value.`
    )
  }
  return text
}

export function notFound({
  key,
  agent_name: agentName
}: {
  key: string
  agent_name: string
}): ToolError {
  return new ToolError(
    `No memory under key "${key}" in namespace "${agentName}". Find it by its content with memory_search, or see the keys with memory_list.`
  )
}
