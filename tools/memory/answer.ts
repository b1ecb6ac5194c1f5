import { type Static, Type } from 'typebox'
import type { AnsweredMemory } from '../../db/memory/recall.ts'
import { closed } from '../../domain/memory/fields.ts'
import { type TruthMarks, truthText } from '../../domain/memory/truth.ts'
import { countCodePoints, fitItems } from '../../lib/answer-size.ts'

/** The links that concern the truth of a memory, as every answer about memories has them. */
export const truthFields = {
  superseded_by: Type.Optional(Type.String()),
  contradicts: Type.Optional(Type.Array(Type.String()))
}

/** A memory in an answer of a tool: times in ISO 8601, `truncated` when the value is cut. */
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
    pinned: Type.Optional(Type.Boolean()),
    source: Type.Optional(Type.String()),
    created_at: Type.String(),
    updated_at: Type.String(),
    ...truthFields
  },
  closed
)
export type MemoryAnswer = Static<typeof StoredMemory>

/** A stored memory as tools return it. Cuts a value that exceeds the budget of an answer. */
export function memoryAnswer(memory: AnsweredMemory, marks: TruthMarks = {}): MemoryAnswer {
  const { key, value, tags, importance, type, metadata } = memory
  const [answer] = fitItems([
    {
      key,
      value,
      value_length: countCodePoints(value),
      agent_name: memory.agent_name,
      tags,
      importance,
      type,
      metadata,
      ...(memory.session_id !== null && { session_id: memory.session_id }),
      ...(memory.speaker !== null && { speaker: memory.speaker }),
      ...(memory.occurred_at && { occurred_at: memory.occurred_at.toISOString() }),
      ...(memory.expires_at && { expires_at: memory.expires_at.toISOString() }),
      ...(memory.pinned_at && { pinned: true }),
      ...(memory.source.name && { source: memory.source.name }),
      created_at: memory.created_at.toISOString(),
      updated_at: memory.updated_at.toISOString(),
      ...marks
    }
  ])
  return answer!
}

/** The same answer as text for people: the value, then its fields as a list. */
export function memoryText({ value, truncated, metadata, tags, ...facts }: MemoryAnswer): string {
  const lines = Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`)
  if (tags.length > 0) lines.push(`- tags: ${tags.join(', ')}`)
  if (Object.keys(metadata).length > 0) lines.push(`- metadata: ${JSON.stringify(metadata)}`)
  if (truncated) {
    lines.push(
      '- truncated: the value is longer; this is its beginning ' +
        '(memory_get_full_document has it all)'
    )
  }
  return `${value}\n\n${lines.join('\n')}`
}

/** Characters of a value that tools read for each entry of a list. */
export const LIST_VALUE_LIMIT = 20_000

/** The value of a list entry as text; a cut one says which tool has more. */
export function valueText({ value, truncated }: { value: string; truncated?: boolean }): string {
  return truncated ? `${value}… (cut; memory_recall gives more)` : value
}

/** What supersedes or contradicts a memory, to follow its name; empty without any. */
export function marksText(marks: TruthMarks): string {
  const text = truthText(marks)
  return text && ` (${text})`
}

/** The last line of a page that is not the last one. */
export function moreLines(cursor: string | undefined): string[] {
  return cursor === undefined ? [] : [`There is more: call again with cursor ${cursor}`]
}

/** The sentences of a reason as one text, or no reason without any. */
export function reasonField(notes: readonly string[]): { reason?: string } {
  const reason = notes.filter(Boolean).join(' ')
  return reason === '' ? {} : { reason }
}
