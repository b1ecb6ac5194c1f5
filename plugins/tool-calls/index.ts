import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { stopOnAbort } from '../../db/connection/cancel.ts'
import type { Confirm, Progress } from '../../domain/context.ts'
import type { CallOutcome } from '../../db/schema/index.ts'
import { InputRequiredError } from '../../lib/input-required.ts'
import { withDeadline } from '../../lib/deadline.ts'
import { InvalidArgumentsError, ToolError } from '../../lib/tool-error.ts'
import { isSetUp, mayCall } from '../../tools/index.ts'
import type { Tool, ToolContext } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'
import { type CallHistory, callHistory } from './history.ts'
import { explainRefusal } from './permission.ts'
import { CallQueue } from './call-queue.ts'
import type { Canceller } from './canceller.ts'
import { type CountUse, memoryUses } from './memory-uses.ts'
import { commandName } from '../../lib/command-name.ts'

export { Canceller } from './canceller.ts'
export { requireScope, type ScopedWork } from './permission.ts'
export { findToolList, listToolsJson, toolsToList } from './tool-list.ts'

declare module 'fastify' {
  interface FastifyInstance {
    toolCalls: ToolCalls
  }
}

export interface ToolCalls {
  /**
   * Calls a tool as the person of the credential, and records the call in the person's history.
   * It words every failure for the caller, and throws only InputRequiredError, when the call waits
   * for an answer of the person.
   */
  call: (toolCall: ToolCall) => Promise<ToolAnswer>
}

export interface ToolCall {
  tool: Tool
  args: unknown
  credential: Credential
  request: FastifyRequest
  /** The interface that the call came through. */
  via: 'mcp' | 'rest'
  /** By which a caller that has gone ends the call. */
  canceller?: Canceller | undefined
  /** Takes how far the call is. */
  progress?: Progress | undefined
  /** Asks the person of the caller. */
  confirm?: Confirm | undefined
  /** Milliseconds until the call ends with an error. */
  deadline: number
}

export type ToolAnswer =
  | { outcome: 'ok'; answer: Record<string, unknown>; text: string }
  | { outcome: Exclude<CallOutcome, 'ok'>; text: string }

/** The call exceeded its deadline. */
class DeadlineError extends ToolError {
  override name = 'DeadlineError'
}
/** The caller ended the call. */
class CancelledError extends DeadlineError {
  override name = 'CancelledError'
  constructor() {
    super('The app ended the call before its answer.')
  }
}
/** The principal may not call this tool. */
class ForbiddenToolError extends ToolError {
  override name = 'ForbiddenToolError'
}

/** app.toolCalls: the only way to the tools, for MCP and for REST. */
export default fp(
  async (app) => {
    const history = callHistory(app)
    const records = { history, countUse: memoryUses(app) }
    const callQueue = new CallQueue()
    app.decorate('toolCalls', {
      async call(toolCall) {
        const startTime = performance.now()
        let toolAnswer: ToolAnswer
        try {
          requireCallable(app, toolCall)
          const result = await runTool(newToolContext(app, toolCall, records), callQueue, toolCall)
          toolAnswer = { outcome: 'ok', ...result }
        } catch (error) {
          if (error instanceof InputRequiredError) throw error
          toolAnswer = failureAnswer(toolCall, error)
        }
        record(history, toolCall, toolAnswer, performance.now() - startTime)
        return toolAnswer
      }
    })
  },
  { name: 'tool-calls', dependencies: ['config', 'db', 'embedder', 'github', 'web'] }
)

/** What every tool gets beside its arguments, without the signal of the call. */
function newToolContext(
  { db, embedder, github, publicUrl, web, config }: FastifyInstance,
  { credential: { principal }, progress, confirm }: ToolCall,
  { history, countUse }: { history: CallHistory; countUse: CountUse }
): Omit<ToolContext, 'signal'> {
  return {
    db,
    principal,
    quota: { memories: config.MEMORY_QUOTA_COUNT, bytes: config.MEMORY_QUOTA_BYTES },
    codeQuota: { files: config.CODE_QUOTA_FILES, bytes: config.CODE_QUOTA_BYTES },
    embedder,
    github,
    publicUrl,
    web,
    history: history.kept,
    countUse: (memoryId) => countUse(principal.user_id, memoryId),
    progress,
    confirm
  }
}

/** Runs the tool when it is the turn of the call, until its deadline. */
function runTool(
  toolContext: Omit<ToolContext, 'signal'>,
  callQueue: CallQueue,
  { tool, args, credential: { principal }, canceller, deadline }: ToolCall
): ReturnType<Tool['call']> {
  return withDeadline(deadline, [], (signal, abort) => {
    canceller?.onCancel(() => abort(new CancelledError()))
    return Promise.race([
      rejectOnAbort(signal, deadline),
      callQueue.run(principal.user_id, signal, args, (queuedArgs) =>
        stopOnAbort(signal, () => tool.call(queuedArgs, { ...toolContext, signal }))
      )
    ])
  })
}

/** Logs the call, and records it in the person's history. */
function record(
  history: CallHistory,
  { tool, args, credential: { principal }, request, via }: ToolCall,
  { outcome, text }: ToolAnswer,
  duration: number
): void {
  request.log.info(
    { tool: tool.name, client: principal.source.name, via, outcome, ms: Math.round(duration) },
    'tool call'
  )
  const errorText = outcome === 'ok' ? undefined : text
  history.record({ tool, args, principal, via, outcome, errorText, duration })
}

/** Throws ToolError for a tool that the operator has not set up, or that the principal lacks. */
function requireCallable({ web }: FastifyInstance, { tool, credential }: ToolCall): void {
  if (!isSetUp(tool, web.providers)) {
    throw new ToolError(
      `${tool.name} is not set up on this server. ` +
        `Its operator can change that; ${commandName} doctor says how.`
    )
  }
  if (!mayCall(tool, credential.principal, web.providers)) {
    throw new ForbiddenToolError(explainRefusal(tool, credential))
  }
}

/** Logs an unexpected error, and answers with the request id instead of its text. */
function failureAnswer({ tool, request }: ToolCall, error: unknown): ToolAnswer {
  const outcome = failureOutcome(error)
  if (outcome !== 'failed') return { outcome, text: (error as Error).message }
  request.log.error({ err: error, tool: tool.name }, 'tool failed')
  return {
    outcome,
    text: `The tool failed on our side; the log has it under request ${request.id}. Try again.`
  }
}

function failureOutcome(error: unknown): Exclude<CallOutcome, 'ok'> {
  if (error instanceof InvalidArgumentsError) return 'invalid_arguments'
  if (error instanceof DeadlineError) return 'timed_out'
  if (error instanceof ForbiddenToolError) return 'forbidden'
  return error instanceof ToolError ? 'refused' : 'failed'
}

function rejectOnAbort(signal: AbortSignal, deadline: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const rejectNow = () => {
      if (signal.reason instanceof CancelledError) return reject(signal.reason)
      const seconds = deadline / 1000
      const message = `The call took longer than ${seconds} s, so the server ended it. `
      reject(new DeadlineError(`${message}Ask for less at once.`))
    }
    if (signal.aborted) rejectNow()
    else signal.addEventListener('abort', rejectNow, { once: true })
  })
}
