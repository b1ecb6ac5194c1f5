import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CallOutcome } from '../../db/schema/index.ts'
import { ApiError, BearerError } from '../../lib/errors.ts'
import type { Tool } from '../../tools/tool.ts'
import { bearerChallenge, mcpPaths, noteTooLittleScope } from '../auth/index.ts'
import { apiErrorHandler } from '../error-handler/dialects.ts'
import { requireScope } from './permission.ts'

/** ChatGPT's actions give up after 45 seconds. */
const CALL_DEADLINE_MS = 40_000

const failureStatuses: Record<Exclude<CallOutcome, 'ok'>, number> = {
  invalid_arguments: 400,
  forbidden: 403,
  refused: 422,
  failed: 500,
  timed_out: 504
}

/**
 * Proves the credential of every request of this scope, and answers errors as JSON. The challenge
 * names the MCP URL, since REST is the same protected resource.
 */
export function authenticateRest(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    request.credential = await app.auth.authenticate(request)
  })
  app.setErrorHandler(async (error: Error, request, reply: FastifyReply) => {
    if (!(error instanceof BearerError)) return apiErrorHandler(error, request, reply)
    reply.header('www-authenticate', bearerChallenge(request, mcpPaths[0]!, error))
    await noteTooLittleScope(request, error)
    return apiErrorHandler(error, request, reply)
  })
}

/** How the answer of a tool is sent; without one, as JSON. */
export type AnswerForm = (reply: FastifyReply, answer: { text: string }) => FastifyReply

/** Calls a tool and answers failures as HTTP statuses. Throws BearerError 403. */
export async function callToolOverRest(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  tool: Tool,
  args: unknown,
  sendAnswer?: AnswerForm
): Promise<FastifyReply> {
  const credential = request.credential!
  requireScope(tool, credential)
  const toolAnswer = await app.toolCalls.call({
    tool,
    args,
    credential,
    request,
    via: 'rest',
    deadline: CALL_DEADLINE_MS
  })
  reply.header('cache-control', 'no-store')
  if (toolAnswer.outcome === 'ok') {
    return sendAnswer ? sendAnswer(reply, toolAnswer) : reply.send(toolAnswer.answer)
  }
  return reply.status(failureStatuses[toolAnswer.outcome]).send({
    error: toolAnswer.outcome,
    error_description: toolAnswer.text,
    request_id: request.id
  })
}

/** Answers every other method with 405 and what to do instead. */
export function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  allow: 'GET' | 'POST',
  advice: string
): void {
  const refusedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
    (method) => method !== allow
  )
  app.route({
    method: refusedMethods,
    url,
    exposeHeadRoute: false,
    handler: async () => {
      throw new ApiError(405, 'method_not_allowed', `This address takes ${allow} only. ${advice}`, {
        allow
      })
    }
  })
}
