import { Type } from 'typebox'
import type { Memory } from '../../db/memories.ts'

const MIB = 1024 * 1024
/** Answers stay below 150,000 characters, counted with their JSON escapes and twice over (text and structure each stand alone). */
export const ANSWER_BUDGET = 120_000

export const Key = Type.String({ minLength: 1, maxLength: 255, description: 'Telling name of the memory, unique in its namespace, like favorite_color.' })
export const Namespace = Type.String({ minLength: 1, maxLength: 255, default: 'global', description: 'Namespace; "global" is shared by all conversations.' })
export const AnyNamespace = Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Only this namespace; left out: all of them.' }))
export const Value = Type.String({ maxLength: MIB, description: 'What to remember: text of up to 1 MiB. Other JSON values are kept as their JSON text.' })
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 50, description: 'Words to find it by.' })
export const Importance = Type.Number({ minimum: 0, maximum: 1, description: 'From 0 to 1.' })
export const Metadata = Type.Record(Type.String(), Type.Unknown(), { description: 'Anything else about it, as a JSON object.' })
export const MemoryType = Type.String({ minLength: 1, maxLength: 50, description: 'Kind of memory, like fact, preference or decision.' })
export const Instant = (description: string) => Type.String({ maxLength: 40, format: 'date-time', description: `${description} ISO 8601 with time zone.` })
export const sequence = {
  session_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Conversation or session that this is an item of.' })),
  speaker: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Who said it.' })),
  occurred_at: Type.Optional(Instant('When it was said or happened; orders the items of a session.'))
}

/** A memory as it is answered. */
export const StoredMemory = Type.Object({
  key: Type.String(),
  value: Type.String(),
  agent_name: Type.String(),
  tags: Type.Array(Type.String()),
  importance: Type.Number(),
  type: Type.String(),
  metadata: Type.Record(Type.String(), Type.Unknown()),
  session_id: Type.Optional(Type.String()),
  speaker: Type.Optional(Type.String()),
  occurred_at: Type.Optional(Type.String()),
  expires_at: Type.Optional(Type.String()),
  source: Type.Optional(Type.String({ description: 'Name of the app or key that wrote it.' })),
  created_at: Type.String(),
  updated_at: Type.String(),
  truncated: Type.Optional(Type.Boolean({ description: 'The value was cut here; fetch it alone for more.' }))
}, { additionalProperties: false })

/** The row as StoredMemory, its value cut to `budget` characters. */
export function stored (memory: Memory, budget = ANSWER_BUDGET) {
  const { key, agent_name, tags, importance, type, metadata } = memory
  const value = cut(memory.value, budget)
  return {
    key,
    value,
    agent_name,
    tags,
    importance,
    type,
    metadata: JSON.stringify(metadata).length > 10_000 ? {} : metadata,
    ...(memory.session_id !== null && { session_id: memory.session_id }),
    ...(memory.speaker !== null && { speaker: memory.speaker }),
    ...(memory.occurred_at && { occurred_at: memory.occurred_at.toISOString() }),
    ...(memory.expires_at && { expires_at: memory.expires_at.toISOString() }),
    ...(memory.source.name && { source: memory.source.name }),
    created_at: memory.created_at.toISOString(),
    updated_at: memory.updated_at.toISOString(),
    ...(value.length < memory.value.length && { truncated: true })
  }
}

/** The beginning of a text whose JSON form fits the budget; never half a character. */
export function cut (text: string, budget: number): string {
  if (text.length * 6 <= budget || JSON.stringify(text).length <= budget) return text
  let end = Math.min(text.length, budget)
  while (JSON.stringify(text.slice(0, end)).length > budget) end = Math.floor(end * 0.9)
  return text.slice(0, end).replace(/[\uD800-\uDBFF]$/, '')
}

/** One line for lists: the beginning of a value. */
export function oneLine (text: string, length = 200): string {
  const line = text.slice(0, length * 2).replace(/\s+/g, ' ').trim()
  return line.length > length ? `${line.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…` : line
}
