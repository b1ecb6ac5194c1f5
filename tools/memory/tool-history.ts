import { Type } from 'typebox'
import { listToolCalls } from '../../db/audit/tool-calls.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { closed } from '../../domain/memory/fields.ts'
import { spanText, Timezone, TimeWords, resolveTimeWords } from '../../domain/memory/when.ts'

/** What the arguments and errors of all calls may take of an answer, and so each. */
const BUDGET = 40_000

export const memoryGetToolHistory = tool({
  name: 'memory_get_tool_history',
  title: 'Tool history',
  description:
    'Lists the last tool calls of this person through all of their apps, newest first: tool, app, time, duration, outcome, arguments (cut, without secrets).',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      tool_filter: Type.Optional(
        Type.String({ minLength: 1, maxLength: 64, description: 'Only calls of this tool.' })
      ),
      when: TimeWords,
      timezone: Timezone,
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Calls.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      calls: Type.Array(
        Type.Object(
          {
            tool: Type.String(),
            client: Type.String(),
            via: Type.String({ description: 'mcp or rest.' }),
            called_at: Type.String(),
            duration_ms: Type.Integer(),
            outcome: Type.String(),
            arguments: Type.String({ description: 'JSON.' }),
            error: Type.Optional(Type.String())
          },
          closed
        )
      ),
      count: Type.Integer(),
      kept_days: Type.Integer({ description: '0: calls are not noted.' }),
      time: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ tool_filter: name, when, timezone, limit = 10 }, { db, principal, history }) {
    const span = await resolveTimeWords(db, principal.user_id, 'when', when, timezone)
    const rows = await listToolCalls(db, principal.user_id, {
      groups: [...principal.groups],
      tool: name?.replace(/^kagura_tool_/, ''),
      from: span?.from,
      until: span?.until,
      limit
    })
    const share = Math.floor(BUDGET / Math.max(rows.length, 20))
    return {
      calls: rows.map((row) => ({
        tool: row.tool,
        client: row.source.name,
        via: row.via,
        called_at: row.called_at.toISOString(),
        duration_ms: row.duration_ms,
        outcome: row.outcome,
        arguments: cutToBudget(JSON.stringify(row.arguments), share),
        ...(row.said !== null && { error: cutToBudget(row.said, share) })
      })),
      count: rows.length,
      kept_days: history.keeping ? history.days : 0,
      ...(span && { time: spanText(span) })
    }
  },
  text({ calls, count, kept_days: days, time }) {
    const lines = calls.map(
      (call) =>
        `- ${call.called_at} ${call.tool} by ${call.client}: ${call.outcome}, ${call.duration_ms} ms, ${call.arguments}${call.error ? ` (${call.error})` : ''}`
    )
    const head =
      count === 0
        ? 'No tool calls are noted here.'
        : `${count} tool ${count === 1 ? 'call' : 'calls'}, newest first${time ? `, ${time}` : ''}:`
    return [
      head,
      ...lines,
      ...(days === 0 ? ['The administrator has turned off noting calls.'] : [])
    ].join('\n')
  }
})
