import type { FastifyInstance } from 'fastify'
import { insertToolCalls, type NewToolCall } from '../../db/audit/tool-calls.ts'
import type { CallOutcome } from '../../db/schema/index.ts'
import type { KeptHistory } from '../../domain/context.ts'
import type { Principal, Tool } from '../../tools/tool.ts'
import { redacted, redactedText } from './redaction.ts'

/** How long a call waits for others to be written with. */
const FLUSH_MS = 1000
/** Calls that are written at once, without waiting. */
const BATCH = 200
/** Calls that wait while the database does not take them; what is older is lost. */
const MAX_WAITING = 5000
/** Characters of an error that are kept. */
const SAID_LENGTH = 300

export interface CallHistory {
  kept: KeptHistory
  /** Notes a call, at once and without waiting for the database. `ms`: how long it took. */
  note: (call: {
    tool: Tool
    args: unknown
    principal: Principal
    via: 'mcp' | 'rest'
    outcome: CallOutcome
    said: string | undefined
    ms: number
  }) => void
}

interface Waiting {
  call: NewToolCall
  tried?: true
}

/**
 * What people's apps called, written in batches off the calls' path: a crash may lose the last
 * second, a shutdown loses nothing.
 */
export function callHistory(app: FastifyInstance): CallHistory {
  const { TOOL_HISTORY: keeping, TOOL_HISTORY_DAYS: days } = app.config
  const waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    return (writing = writing.then(write))
  }

  /**
   * Writes what waits now; what comes meanwhile waits for its own second. What the database does
   * not take is tried once more, then given up: while it is away nobody can call anything.
   */
  async function write(): Promise<void> {
    for (let left = waiting.length; left > 0;) {
      const batch = waiting.splice(0, Math.min(left, BATCH))
      left -= batch.length
      try {
        await insertToolCalls(
          app.db,
          batch.map(({ call }) => call)
        )
      } catch (error) {
        app.log.error({ error, calls: batch.length }, 'tool calls could not be noted')
        waiting.unshift(
          ...batch.filter(({ tried }) => !tried).map((one) => ({ ...one, tried: true as const }))
        )
        return
      }
    }
  }

  app.addHook('onClose', flush)
  return {
    kept: { keeping, days },
    note({ tool, args, principal, via, outcome, said, ms }) {
      if (!keeping) return
      const call = {
        user_id: principal.user_id,
        tool: tool.name,
        groups: tool.groups,
        source: principal.source,
        via,
        outcome,
        duration_ms: Math.round(ms),
        arguments: redacted(args),
        said: said === undefined ? null : redactedText(said, SAID_LENGTH),
        began: performance.now() - ms
      }
      waiting.push({ call })
      if (waiting.length > MAX_WAITING) waiting.shift()
      if (waiting.length >= BATCH) void flush()
      else {
        timer ??= setTimeout(() => {
          void flush()
        }, FLUSH_MS)
      }
    }
  }
}
