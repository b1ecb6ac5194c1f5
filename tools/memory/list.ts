import { Type } from 'typebox'
import { listMemories, type PagePosition } from '../../db/memory/memories.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { tryParseInstant } from '../../domain/time/instant.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { AllTags, AnyNamespace, closed, OnlyType } from '../../domain/memory/fields.ts'
import { explainEmptyList } from '../../domain/memory/empty-answer.ts'
import { similarNamespaceHint } from '../../domain/memory/namespaces.ts'
import { findTruthMarks, truthText } from '../../domain/memory/truth.ts'
import { spanText, Timezone, TimeWords, resolveTimeWords } from '../../domain/memory/when.ts'

/** Characters of a value that are read for the answer. */
const VALUE_LIMIT = 20_000

export const memoryList = tool({
  name: 'memory_list',
  title: 'List memories',
  description: 'Lists memories, the last changed first. To find something, use memory_search.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      agent_name: AnyNamespace,
      tags: AllTags,
      type: OnlyType,
      when: TimeWords,
      timezone: Timezone,
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, default: 50, description: 'Per page.' })
      ),
      cursor: Type.Optional(
        Type.String({ maxLength: 200, description: 'next_cursor of the last page.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      memories: Type.Array(
        Type.Object(
          {
            key: Type.String(),
            value: Type.String(),
            truncated: Type.Optional(Type.Boolean()),
            agent_name: Type.String(),
            tags: Type.Array(Type.String()),
            type: Type.String(),
            superseded_by: Type.Optional(Type.String()),
            contradicts: Type.Optional(Type.Array(Type.String())),
            created_at: Type.String(),
            updated_at: Type.String()
          },
          closed
        )
      ),
      count: Type.Integer(),
      next_cursor: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ limit = 50, cursor, when, timezone, ...filter }, { db, principal }) {
    const span = await resolveTimeWords(db, principal.user_id, 'when', when, timezone)
    const after = cursor ? positionOf(cursor) : undefined
    const rows = await listMemories(db, principal.user_id, {
      ...filter,
      from: span?.from,
      until: span?.until,
      after,
      limit: limit + 1,
      valueLimit: VALUE_LIMIT
    })
    const marks = await findTruthMarks(
      db,
      principal.user_id,
      rows.slice(0, limit).map(({ memory_id: id }) => id)
    )
    const memories = fitItems(
      rows.slice(0, limit).map((row) => ({
        key: row.key,
        value: row.value,
        value_length: row.value_length,
        agent_name: row.agent_name,
        tags: row.tags,
        type: row.type,
        ...marks.get(row.memory_id),
        created_at: row.created_at.toISOString(),
        updated_at: row.updated_at.toISOString()
      }))
    )
    const last = rows[memories.length - 1]
    const more = last && rows.length > memories.length
    const namespaces =
      filter.agent_name === undefined
        ? ''
        : await similarNamespaceHint(db, principal.user_id, filter.agent_name)
    const empty =
      memories.length === 0 && !cursor
        ? await explainEmptyList(db, principal.user_id, {
            filter: { ...filter, from: span?.from, until: span?.until },
            when
          })
        : ''
    const reason = [span ? `Time: ${spanText(span)}.` : '', namespaces, empty]
      .filter(Boolean)
      .join(' ')
    return {
      memories,
      count: memories.length,
      ...(reason && { reason }),
      ...(more && {
        next_cursor: cursorOf({ updated_at: last.position, memory_id: last.memory_id })
      })
    }
  },
  text({ memories, count, next_cursor: cursor, reason }) {
    const lines = memories.map(
      ({ key, agent_name: agentName, tags, value, truncated, updated_at: updatedAt, ...marks }) =>
        `- ${key} [${agentName}]${truthText(marks) && ` (${truthText(marks)})`}${tags.length > 0 ? ` (${tags.join(', ')})` : ''} ${updatedAt}: ${value}${truncated ? '… (cut; memory_recall gives more)' : ''}`
    )
    const head =
      count === 0
        ? 'There are no memories here.'
        : `${count} ${count === 1 ? 'memory' : 'memories'}, newest first:`
    return [
      head,
      ...lines,
      ...(reason ? [reason] : []),
      ...(cursor ? [`There is more: call again with cursor ${cursor}`] : [])
    ].join('\n')
  }
})

export function cursorOf({ updated_at: updatedAt, memory_id: memoryId }: PagePosition): string {
  return Buffer.from(`${updatedAt} ${memoryId}`).toString('base64url')
}

/** Throws ToolError. */
export function positionOf(cursor: string): PagePosition {
  const [, updatedAt, memoryId] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z) (.+)$/.exec(
      Buffer.from(cursor, 'base64url').toString()
    ) ?? []
  if (!updatedAt || !memoryId || !tryParseInstant(updatedAt) || memoryId.includes('\0')) {
    throw new ToolError(
      'cursor is not one of ours. Pass next_cursor of the page before unchanged, or leave it out to begin anew.'
    )
  }
  return { updated_at: updatedAt, memory_id: memoryId }
}
