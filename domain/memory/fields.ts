import { Type } from 'typebox'
import { ToolError } from '../../lib/tool-error.ts'
import type { Caller } from '../context.ts'

export const closed = { additionalProperties: false } as const

/** The namespace of memories that all conversations share. */
export const GLOBAL_NAMESPACE = 'global'
/** The namespace of a call that names none: global, or else the first one of a bound caller. */
export function defaultNamespace({ namespaces }: Pick<Caller, 'namespaces'>): string {
  return namespaces && !namespaces.includes(GLOBAL_NAMESPACE) ? namespaces[0]! : GLOBAL_NAMESPACE
}

/** The type of a memory that is stored without one. */
export const DEFAULT_TYPE = 'normal'
/** The importance of a memory that is stored without one. */
export const DEFAULT_IMPORTANCE = 0.5
/** Maximum characters of metadata as JSON text. */
const METADATA_LIMIT = 16_384

export const Key = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Its name, such as coffee_preference.'
})
export const Id = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'Id of the memory, instead of its key.'
  })
)
export const Namespace = Type.Optional(
  Type.String({
    maxLength: 128,
    default: GLOBAL_NAMESPACE,
    description: 'Its namespace, such as work.'
  })
)
export const AnyNamespace = Type.Optional(
  Type.String({ maxLength: 128, description: 'Only memories of this namespace.' })
)
export const Value = Type.String({
  maxLength: 1_048_576,
  description: 'Text that makes sense alone, or JSON.'
})
export const Tags = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 64,
  description: 'Labels to filter by later.'
})
export const AllTags = Type.Optional(
  Type.Array(Type.String({ maxLength: 100 }), {
    maxItems: 64,
    description: 'Only memories with these tags.'
  })
)
export const Importance = Type.Number({
  minimum: 0,
  maximum: 1,
  description: 'How much it matters, 0 to 1.'
})
export const MemoryType = Type.String({
  maxLength: 64,
  description: 'Such as preference, fact or decision.'
})
export const TagMatch = Type.Optional(
  Type.Enum(['all', 'any'], { description: 'Whether all tags must match, or any.' })
)
export const OnlyType = Type.Optional(
  Type.String({ maxLength: 64, description: 'Only memories of this type.' })
)
export const Metadata = Type.Record(Type.String(), Type.Unknown(), {
  description: 'More fields, such as {source: ...}.'
})
export const ExpiresAt = Type.String({ maxLength: 40, description: 'When to forget it, ISO 8601.' })
export const SessionId = Type.String({
  maxLength: 255,
  description: 'Conversation that it belongs to.'
})
export const Speaker = Type.String({ maxLength: 255, description: 'Who said it, by name.' })
export const OccurredAt = Type.String({
  maxLength: 40,
  description: 'When it happened, such as 2026-11-28T09:00Z.'
})
export const Pinned = Type.Boolean({ description: 'Whether every briefing begins with it.' })

/** Serializes metadata as JSON. Throws ToolError when the text is too long. */
export function metadataText(metadata: Record<string, unknown>): string {
  const json = JSON.stringify(metadata)
  if (json.length > METADATA_LIMIT) {
    throw new ToolError(
      `metadata is too long: ${json.length} characters as JSON, of at most ${METADATA_LIMIT}. ` +
        'Put long text into the value.'
    )
  }
  return json
}

/** The error for a key that the namespace does not hold. */
export function memoryNotFound({
  key,
  agent_name: agentName
}: {
  key: string
  agent_name: string
}): ToolError {
  return new ToolError(
    `No memory under key "${key}" in namespace "${agentName}". ` +
      'Find it by its content with memory_search, or see the keys with memory_list.'
  )
}
