import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { spanText, Timezone, TimeWords } from '../../domain/memory/when.ts'
import { listRecentCalls } from '../../domain/tool-calls/recent-calls.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { toolGroups } from '../scopes.ts'
import { tool } from '../tool.ts'

/** What the arguments of all calls may cost of an answer. Their errors may cost as much again. */
const ARGUMENTS_BUDGET = 40_000
/** A few calls do not share the budget alone: it counts as if there were at least so many. */
const MIN_SHARES = 20

export const memoryGetToolHistory = tool({
  name: 'memory_get_tool_history',
  title: 'Tool history',
  description:
    'Lists the last tool calls of this person through all of their apps, newest first, ' +
    'with outcome and arguments (cut, without secrets). Use it to see which app did ' +
    'what; for versions of a memory, use memory_history.',
  example: { tool_filter: 'memory_delete' },
  groups: ['memory'],
  wholePersonOnly: true,
  annotations: readOnly,
  input: Type.Object(
    {
      tool_filter: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 64,
          description: 'Only calls of the tool named so.'
        })
      ),
      when: TimeWords,
      timezone: Timezone,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 10,
          description: 'How many calls at most.'
        })
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
      kept_days: Type.Integer({ description: '0: the server does not record calls.' }),
      time: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ tool_filter: toolName, when, timezone, limit = 10 }, context) {
    const { calls, span } = await listRecentCalls(context, {
      groups: toolGroups.filter((group) => context.principal.permissions.has(`${group}:read`)),
      tool: toolName?.replace(/^kagura_tool_/, ''),
      when,
      timezone,
      limit
    })
    const textBudget = Math.floor(ARGUMENTS_BUDGET / Math.max(calls.length, MIN_SHARES))
    return {
      calls: calls.map((call) => ({
        tool: call.tool,
        client: call.source.name,
        via: call.via,
        called_at: call.called_at.toISOString(),
        duration_ms: call.duration_ms,
        outcome: call.outcome,
        arguments: cutToBudget(JSON.stringify(call.arguments), textBudget),
        ...(call.said !== null && { error: cutToBudget(call.said, textBudget) })
      })),
      count: calls.length,
      kept_days: context.history.keeping ? context.history.days : 0,
      ...(span && { time: spanText(span) })
    }
  },
  text({ calls, count, kept_days: days, time }) {
    return [
      count === 0
        ? 'No tool calls are recorded here.'
        : `${quantity(count, 'tool call')}, newest first${time ? `, ${time}` : ''}:`,
      ...calls.map(
        (call) =>
          `- ${call.called_at} ${call.tool} by ${call.client}: ${call.outcome}, ` +
          `${call.duration_ms} ms, ${call.arguments}${call.error ? ` (${call.error})` : ''}`
      ),
      ...(days === 0 ? ['The administrator has turned off the recording of calls.'] : [])
    ].join('\n')
  }
})
