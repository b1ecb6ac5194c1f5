import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { stoppable } from '../../db/connection/cancel.ts'
import type { CallOutcome } from '../../db/schema/index.ts'
import { withDeadline } from '../../lib/deadline.ts'
import { isSetUp, toolsFor } from '../../tools/index.ts'
import { InvalidArguments, ToolError } from '../../lib/tool-error.ts'
import type { Tool } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'
import { callHistory } from './history.ts'
import { whyNot } from './permission.ts'
import { Turns } from './turns.ts'

export { requireScope } from './permission.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Calls a tool for whoever the credential is, and notes it. Never throws: what goes wrong is
     * worded for the caller.
     */
    callTool: (call: ToolCall) => Promise<ToolAnswer>
  }
}

export interface ToolCall {
  tool: Tool
  args: unknown
  credential: Credential
  request: FastifyRequest
  /** Which of our doors it came by. */
  via: 'mcp' | 'rest'
  /** Aborted when the caller has gone. */
  cancelled?: AbortSignal
  /** Milliseconds until the call is given up. */
  deadline: number
}

export type ToolAnswer =
  | { outcome: 'ok'; answer: Record<string, unknown>; text: string }
  | { outcome: Exclude<CallOutcome, 'ok'>; text: string }

/** The call took too long. */
class TimedOut extends ToolError {}
/** The principal may not call this tool. */
class Forbidden extends ToolError {}

/**
 * app.callTool: the one way to the tools, for every door; what was called is in the person's
 * history.
 */
export default fp(
  async (app) => {
    const history = callHistory(app)
    const turns = new Turns()

    app.decorate(
      'callTool',
      async ({ tool, args, credential, request, via, cancelled, deadline }) => {
        const { principal } = credential
        const started = performance.now()
        let result: ToolAnswer
        try {
          if (!isSetUp(tool, app.web.providers)) {
            throw new ToolError(
              `${tool.name} is not set up on this server. Its operator can change that; npx kagura doctor says how.`
            )
          }
          if (!toolsFor(principal, app.web.providers).includes(tool)) {
            throw new Forbidden(whyNot(tool, credential))
          }
          const {
            MEMORY_QUOTA_COUNT: memories,
            MEMORY_QUOTA_BYTES: bytes,
            CODE_QUOTA_FILES: codeFiles,
            CODE_QUOTA_BYTES: codeBytes
          } = app.config
          const quotas = {
            quota: { memories, bytes },
            codeQuota: { files: codeFiles, bytes: codeBytes }
          }
          const { db, embedder, github, publicUrl, web } = app
          const context = {
            db,
            principal,
            ...quotas,
            embedder,
            github,
            publicUrl,
            web,
            history: history.kept
          }
          result = {
            outcome: 'ok',
            ...(await withDeadline(deadline, [cancelled], (signal) =>
              Promise.race([
                givenUp(signal, deadline),
                turns.run(principal.user_id, signal, args, (args) =>
                  stoppable(signal, () => tool.call(args, { ...context, signal }))
                )
              ])
            ))
          }
        } catch (error) {
          const outcome = outcomeOf(error)
          if (outcome === 'failed') request.log.error({ error, tool: tool.name }, 'tool failed')
          result = {
            outcome,
            text:
              outcome === 'failed'
                ? `The tool failed on our side; the log has it under request ${request.id}. Try again.`
                : (error as Error).message
          }
        }
        const ms = performance.now() - started
        request.log.info(
          {
            tool: tool.name,
            client: principal.source.name,
            via,
            outcome: result.outcome,
            ms: Math.round(ms)
          },
          'tool call'
        )
        history.note({
          tool,
          args,
          principal,
          via,
          outcome: result.outcome,
          said: result.outcome === 'ok' ? undefined : result.text,
          ms
        })
        return result
      }
    )
  },
  { name: 'tool-calls', dependencies: ['config', 'db', 'embedder', 'github', 'web'] }
)

function outcomeOf(error: unknown): Exclude<CallOutcome, 'ok'> {
  if (error instanceof InvalidArguments) return 'invalid_arguments'
  if (error instanceof TimedOut) return 'timed_out'
  if (error instanceof Forbidden) return 'forbidden'
  return error instanceof ToolError ? 'refused' : 'failed'
}

function givenUp(signal: AbortSignal, deadline: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = () =>
      reject(
        new TimedOut(
          `The call took longer than ${deadline / 1000} s and was given up. Ask for less at once.`
        )
      )
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}
