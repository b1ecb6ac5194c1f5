import { Type } from 'typebox'
import { listTimeline } from '../../db/memory-timeline.ts'
import { fit } from '../answer-size.ts'
import { tool, ToolError } from '../tool.ts'
import { AnyNamespace, closed, instant } from './fields.ts'

/** Characters of a value that are read for the answer. */
const VALUE_LIMIT = 20_000
const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

/** Hours before now. */
const lately = new Map([['last_hour', 1], ['last_24h', 24], ['last_day', 24], ['last_week', 7 * 24], ['last_month', 30 * 24], ['last_year', 365 * 24]])

export const memoryTimeline = tool({
  name: 'memory_timeline',
  title: 'Memories by time',
  description: 'Lists the memories of a time, newest first: by when it happened (occurred_at), or else was first stored. Use it for "what happened last week"; to find by content, use memory_search.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    time_range: Type.String({ minLength: 1, maxLength: 100, description: 'last_24h, last_day, last_week, last_month, a day (2026-01-31), a time until now (2026-01-31T09:00Z), or from:to (2026-01-01:2026-01-31), with times from/to (2026-01-01T09:00Z/2026-01-01T17:00Z). UTC.' }),
    event_type: Type.Optional(Type.String({ maxLength: 64, description: 'Only types that contain this.' })),
    agent_name: AnyNamespace,
    k: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 20, description: 'Results at most.' }))
  }, closed),
  output: Type.Object({
    found: Type.Integer(),
    time_range: Type.Object({ start: Type.String(), end: Type.String(), query: Type.String() }, closed),
    event_type: Type.Optional(Type.String()),
    results: Type.Array(Type.Object({
      key: Type.String(),
      agent_name: Type.String(),
      value: Type.String(),
      truncated: Type.Optional(Type.Boolean()),
      timestamp: Type.String(),
      type: Type.String(),
      tags: Type.Array(Type.String()),
      speaker: Type.Optional(Type.String()),
      session_id: Type.Optional(Type.String())
    }, closed))
  }, closed),
  async run ({ time_range: query, event_type: type, agent_name: agentName, k = 20 }, { db, principal }) {
    const range = rangeOf(query)
    const rows = await listTimeline(db, principal.user_id, { ...range, type: type || undefined, agent_name: agentName, limit: k, valueLimit: VALUE_LIMIT })
    const results = fit(rows.map(({ memory_id: _, happened, speaker, session_id: session, ...row }) => ({
      ...row,
      timestamp: happened.toISOString(),
      ...(speaker !== null && { speaker }),
      ...(session !== null && { session_id: session })
    })))
    const now = new Date()
    const start = typeof range.from === 'number' ? new Date(now.getTime() - range.from * HOUR_MS) : range.from
    return {
      found: results.length,
      time_range: { start: start.toISOString(), end: (range.to ?? now).toISOString(), query },
      ...(type && { event_type: type }),
      results
    }
  },
  text ({ found, time_range: { start, end }, results }) {
    const lines = results.map(({ timestamp, key, agent_name: agentName, value, truncated, speaker }) =>
      `- ${timestamp} ${key} [${agentName}]${speaker === undefined ? '' : ` ${speaker}`}: ${value}${truncated ? '… (cut; memory_recall gives more)' : ''}`)
    return [`${found} ${found === 1 ? 'memory' : 'memories'} from ${start} to ${end}, newest first:`, ...lines].join('\n')
  }
})

/** The time that is meant; a number is hours before now, and without an end it goes on until now. Throws ToolError. */
export function rangeOf (query: string): { from: Date | number, to?: Date } {
  const text = query.trim()
  const hours = lately.get(text.toLowerCase().replace(/[\s-]+/g, '_'))
  if (hours !== undefined) return { from: hours }
  const [first = '', last, more] = /^\d{4}-\d{2}-\d{2}:\d{4}-\d{2}-\d{2}$/.test(text) ? text.split(':') : text.split('/').map((part) => part.trim())
  if (more !== undefined) throw unknownRange(query)
  try {
    const from = instant('time_range', first)
    const to = last === undefined ? (isDay(first) ? dayAfter(first) : undefined) : isDay(last) ? dayAfter(last) : instant('time_range', last)
    if (!from || to === null || (to && to <= from)) throw unknownRange(query)
    return { from, ...(to && { to }) }
  } catch (error) {
    throw error instanceof ToolError ? unknownRange(query) : error
  }
}

function isDay (text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text)
}

function dayAfter (day: string): Date {
  return new Date(instant('time_range', day)!.getTime() + DAY_MS)
}

function unknownRange (query: string): ToolError {
  return new ToolError(`time_range "${query}" is not understood. Expected: ${[...lately.keys()].join(', ')}, YYYY-MM-DD, YYYY-MM-DD:YYYY-MM-DD, or two ISO 8601 times as from/to, the earlier one first.`)
}
