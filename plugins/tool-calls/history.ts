import type { FastifyInstance } from 'fastify'
import { insertToolCalls, type NewToolCall } from '../../db/audit/tool-calls.ts'
import type { CallOutcome } from '../../db/schema/index.ts'
import type { KeptHistory } from '../../domain/context.ts'
import type { Principal, Tool } from '../../tools/tool.ts'
import { redactArguments, redactText } from './redaction.ts'

/** How long a call waits for others of its batch. */
const FLUSH_MS = 1000
/** A batch of this size is written at once. */
const BATCH_SIZE = 200
/** Calls that wait while the database refuses them. The oldest are lost beyond it. */
const MAX_WAITING = 5000
/** Characters that the history keeps of an error. */
const MAX_ERROR_LENGTH = 300

export interface CallHistory {
  kept: KeptHistory
  /** Records a call without waiting for the database. */
  record: (finishedCall: FinishedCall) => void
}

interface FinishedCall {
  tool: Tool
  args: unknown
  principal: Principal
  via: 'mcp' | 'rest'
  outcome: CallOutcome
  errorText: string | undefined
  /** Milliseconds. */
  duration: number
}

interface WaitingCall {
  call: NewToolCall
  isRetry?: true
}

/**
 * The history of tool calls, written in batches after the calls. A crash may lose the last second;
 * a shutdown loses nothing.
 */
export function callHistory(app: FastifyInstance): CallHistory {
  const { TOOL_HISTORY: isKept, TOOL_HISTORY_DAYS: keptDays } = app.config
  const waitingCalls: WaitingCall[] = []
  let flushTimer: NodeJS.Timeout | undefined
  let lastFlush = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(flushTimer)
    flushTimer = undefined
    return (lastFlush = lastFlush.then(() => writeWaiting(app, waitingCalls)))
  }

  app.addHook('onClose', flush)
  return {
    kept: { keeping: isKept, days: keptDays },
    record(finishedCall) {
      if (!isKept) return
      waitingCalls.push({ call: newToolCall(finishedCall) })
      if (waitingCalls.length > MAX_WAITING) waitingCalls.shift()
      if (waitingCalls.length >= BATCH_SIZE) void flush()
      else {
        flushTimer ??= setTimeout(() => {
          void flush()
        }, FLUSH_MS)
      }
    }
  }
}

/**
 * Writes the calls that wait now. Calls that arrive meanwhile wait for the next flush. A refused
 * batch is retried once, then dropped: without the database no tool works anyway.
 */
async function writeWaiting(app: FastifyInstance, waitingCalls: WaitingCall[]): Promise<void> {
  for (let remaining = waitingCalls.length; remaining > 0;) {
    const callBatch = waitingCalls.splice(0, Math.min(remaining, BATCH_SIZE))
    remaining -= callBatch.length
    const newCalls = callBatch.map(({ call }) => call)
    try {
      await insertToolCalls(app.db, newCalls)
    } catch (error) {
      app.log.error({ err: error, calls: callBatch.length }, 'tool calls could not be recorded')
      const retries = callBatch
        .filter(({ isRetry }) => !isRetry)
        .map(({ call }) => ({ call, isRetry: true as const }))
      waitingCalls.unshift(...retries)
      return
    }
  }
}

function newToolCall({
  tool,
  args,
  principal,
  via,
  outcome,
  errorText,
  duration
}: FinishedCall): NewToolCall {
  return {
    user_id: principal.user_id,
    tool: tool.name,
    groups: tool.groups,
    source: principal.source,
    via,
    outcome,
    duration_ms: Math.round(duration),
    arguments: redactArguments(args),
    said: errorText === undefined ? null : redactText(errorText, MAX_ERROR_LENGTH),
    began: performance.now() - duration
  }
}
