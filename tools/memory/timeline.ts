import { Type } from 'typebox'
import { countTimeline, listTimeline } from '../../db/memory/timeline.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { zoneFor } from '../../domain/time/person.ts'
import { spanOf } from '../../domain/time/words.ts'
import { type TimeZone, zoneOf } from '../../domain/time/zone.ts'
import { tool } from '../tool.ts'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { findTruthMarks, truthText } from '../../domain/memory/truth.ts'
import { cursorOf, positionOf } from './list.ts'
import { spanText, Timezone, type ZonedSpan } from '../../domain/memory/when.ts'

/** Characters of a value that are read for the answer. */
const VALUE_LIMIT = 20_000
/** Memories of a time that are counted. */
const MAX_COUNTED = 10_000

export const memoryTimeline = tool({
  name: 'memory_timeline',
  title: 'Memories by time',
  description:
    'Lists the memories of a time, newest first: by when it happened (occurred_at), or else was first stored. Use it for "what happened last week"; to find by content, use memory_search.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      time_range: Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'Yesterday, last week, last_24h, November 28, 2026-01-31, a time until now (2026-01-31T09:00Z), or from..to.'
      }),
      timezone: Timezone,
      event_type: Type.Optional(
        Type.String({ maxLength: 64, description: 'Only types that contain this.' })
      ),
      agent_name: AnyNamespace,
      k: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, default: 20, description: 'Per page.' })
      ),
      cursor: Type.Optional(
        Type.String({ maxLength: 200, description: 'next_cursor of the last page.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      found: Type.Integer({ description: 'All of that time; more than the page may show.' }),
      time_range: Type.Object(
        { start: Type.String(), end: Type.String(), query: Type.String(), timezone: Type.String() },
        closed
      ),
      event_type: Type.Optional(Type.String()),
      results: Type.Array(
        Type.Object(
          {
            key: Type.String(),
            agent_name: Type.String(),
            value: Type.String(),
            truncated: Type.Optional(Type.Boolean()),
            timestamp: Type.String(),
            type: Type.String(),
            tags: Type.Array(Type.String()),
            superseded_by: Type.Optional(Type.String()),
            contradicts: Type.Optional(Type.Array(Type.String())),
            speaker: Type.Optional(Type.String()),
            session_id: Type.Optional(Type.String())
          },
          closed
        )
      ),
      next_cursor: Type.Optional(Type.String())
    },
    closed
  ),
  async run(
    { time_range: query, timezone, event_type: type, agent_name: agentName, k = 20, cursor },
    { db, principal }
  ) {
    const { user_id: userId } = principal
    const range = rangeOf(query, await zoneFor(db, userId, timezone))
    const filter = {
      from: range.from,
      to: range.until,
      type: type || undefined,
      agent_name: agentName
    }
    const after = cursor ? positionOf(cursor) : undefined
    const rows = await listTimeline(db, userId, {
      ...filter,
      after,
      limit: k + 1,
      valueLimit: VALUE_LIMIT
    })
    const marks = await findTruthMarks(
      db,
      userId,
      rows.slice(0, k).map(({ memory_id: id }) => id)
    )
    const results = fitItems(
      rows
        .slice(0, k)
        .map(({ memory_id: id, happened, position: __, speaker, session_id: session, ...row }) => ({
          ...row,
          ...marks.get(id),
          timestamp: happened.toISOString(),
          ...(speaker !== null && { speaker }),
          ...(session !== null && { session_id: session })
        }))
    )
    const last = rows.length > results.length ? rows[results.length - 1] : undefined
    const isWhole = !last && !after
    return {
      found: isWhole ? results.length : await countTimeline(db, userId, filter, MAX_COUNTED),
      time_range: {
        start: range.from?.toISOString() ?? '',
        end: (range.until ?? new Date()).toISOString(),
        query,
        timezone: range.zone.name
      },
      ...(type && { event_type: type }),
      results,
      ...(last && {
        next_cursor: cursorOf({ updated_at: last.position, memory_id: last.memory_id })
      })
    }
  },
  text(answer) {
    const { found, results, next_cursor: cursor } = answer
    const lines = results.map(
      ({ timestamp, key, agent_name: agentName, value, truncated, speaker, ...marks }) =>
        `- ${timestamp} ${key} [${agentName}]${truthText(marks) && ` (${truthText(marks)})`}${speaker === undefined ? '' : ` ${speaker}`}: ${value}${truncated ? '… (cut; memory_recall gives more)' : ''}`
    )
    return [
      headOf(answer),
      ...lines,
      ...(cursor
        ? [
            `These are ${results.length} of ${countText(found)}. For the next page call again with cursor ${cursor}`
          ]
        : [])
    ].join('\n')
  }
})

function headOf({
  found,
  results,
  time_range: { start, end, timezone }
}: {
  found: number
  results: unknown[]
  time_range: { start: string; end: string; timezone: string }
}): string {
  const count = results.length === found ? found : `${results.length} of ${countText(found)}`
  const zone = zoneOf(timezone)
  const span = spanText({ ...(start && { from: new Date(start) }), until: new Date(end), zone })
  return `${count} ${found === 1 ? 'memory' : 'memories'}, ${span}, newest first:`
}

function countText(found: number): string {
  return found >= MAX_COUNTED ? `${MAX_COUNTED} or more` : String(found)
}

/**
 * The time that is meant; a time of day alone goes on until now, which is the database's. Throws
 * ToolError.
 */
export function rangeOf(query: string, zone: TimeZone, now = new Date()): ZonedSpan {
  const { until, ...span } = spanOf('time_range', query, now, zone)
  const isMomentAlone = span.from !== undefined && until?.getTime() === span.from.getTime() + 1000
  const isUntilNow = until?.getTime() === now.getTime() + 1
  return { ...span, ...(until && !isMomentAlone && !isUntilNow && { until }) }
}
