import { Type } from 'typebox'
import { nextCursorOf } from '../../domain/memory/cursor.ts'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { listTimeline, MAX_TIMELINE_COUNT } from '../../domain/memory/timeline.ts'
import { spanText, Timezone } from '../../domain/memory/when.ts'
import { zoneOf } from '../../domain/time/zone.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { LIST_VALUE_LIMIT, marksText, truthFields, valueText } from './answer.ts'

export const memoryTimeline = tool({
  name: 'memory_timeline',
  title: 'Memories by time',
  description:
    'Lists the memories of a time span, newest first, by when they happened or else were ' +
    'stored. Use it for "what happened last week"; to find by content, use ' +
    'memory_search.',
  example: { time_range: 'last week' },
  rare: ['timezone', 'event_type'],
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      time_range: Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'Yesterday, last week, last_24h, November 28, 2026-01-31, ' +
          'a time until now (2026-01-31T09:00Z), or from..to.'
      }),
      timezone: Timezone,
      event_type: Type.Optional(
        Type.String({ maxLength: 64, description: 'Only types that contain this text.' })
      ),
      agent_name: AnyNamespace,
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 20,
          description: 'How many on one page.'
        })
      ),
      cursor: Type.Optional(
        Type.String({ maxLength: 200, description: 'next_cursor of the page before.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      found: Type.Integer({ description: 'Memories of the whole time span, on all pages.' }),
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
            ...truthFields,
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
  async run({ k = 20, ...request }, context) {
    const page = await listTimeline(context, {
      ...request,
      limit: k,
      valueLimit: LIST_VALUE_LIMIT
    })
    const results = fitItems(page.rows.map(timelineEntry))
    const nextCursor = nextCursorOf(page, results.length)
    return {
      found: page.total,
      time_range: {
        start: page.span.from?.toISOString() ?? '',
        end: (page.span.until ?? new Date()).toISOString(),
        query: request.time_range,
        timezone: page.span.zone.name
      },
      ...(request.event_type && { event_type: request.event_type }),
      results,
      ...(nextCursor !== undefined && { next_cursor: nextCursor })
    }
  },
  text(answer) {
    const { found: total, results, next_cursor: cursor } = answer
    return [
      headline(answer),
      ...results.map(
        ({ timestamp, key, agent_name: agentName, speaker, ...memory }) =>
          `- ${timestamp} ${key} [${agentName}]${marksText(memory)}` +
          `${speaker === undefined ? '' : ` ${speaker}`}: ${valueText(memory)}`
      ),
      ...(cursor === undefined
        ? []
        : [
            `These are ${results.length} of ${totalText(total)}. ` +
              `For the next page call again with cursor ${cursor}`
          ])
    ].join('\n')
  }
})

type TimelineRow = Awaited<ReturnType<typeof listTimeline>>['rows'][number]

function timelineEntry({ memory_id: _, position: __, cursor: ___, ...row }: TimelineRow) {
  const { happened, speaker, session_id: sessionId, ...memory } = row
  return {
    ...memory,
    timestamp: happened.toISOString(),
    ...(speaker !== null && { speaker }),
    ...(sessionId !== null && { session_id: sessionId })
  }
}

function headline({
  found: total,
  results,
  time_range: { start, end, timezone }
}: {
  found: number
  results: unknown[]
  time_range: { start: string; end: string; timezone: string }
}): string {
  const count = results.length === total ? total : `${results.length} of ${totalText(total)}`
  const zone = zoneOf(timezone)
  const span = spanText({ ...(start && { from: new Date(start) }), until: new Date(end), zone })
  return `${count} ${total === 1 ? 'memory' : 'memories'}, ${span}, newest first:`
}

function totalText(total: number): string {
  return total >= MAX_TIMELINE_COUNT ? `${MAX_TIMELINE_COUNT} or more` : String(total)
}
