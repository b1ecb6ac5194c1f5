import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { CallOutcome } from '../../../../db/schema/index.ts'
import { bearerChallenge, mcpPaths, noteTooLittleScope } from '../../../../plugins/auth/index.ts'
import { apiErrorHandler } from '../../../../plugins/error-handler/dialects.ts'
import { ApiError, BearerError } from '../../../../lib/errors.ts'
import { requireScope } from '../../../../plugins/tool-calls/index.ts'
import { findTool, toolsFor, unknownTool } from '../../../../tools/index.ts'
import { inputLimitOf, LARGEST_BYTES, ORDINARY_BYTES } from '../../../../tools/input-size.ts'
import {
  chosenTools,
  listedTool,
  scopesFor,
  UnknownChoiceError
} from '../../../../tools/profiles.ts'

/** ChatGPT's actions give up after 45 seconds. */
const CALL_DEADLINE_MS = 40_000

const statuses: Record<Exclude<CallOutcome, 'ok'>, number> = {
  invalid_arguments: 400,
  forbidden: 403,
  refused: 422,
  failed: 500,
  timed_out: 504
}

/**
 * The tools as plain REST, for ChatGPT's custom actions and scripts: GET lists them, POST calls
 * one. Described by /openapi.json.
 */
const tools: FastifyPluginAsync = async (app) => {
  app.addHook('onRequest', async (request) => {
    request.credential = await app.auth.authenticate(request)
  })
  app.setErrorHandler(async (error: Error, request, reply: FastifyReply) => {
    if (!(error instanceof BearerError)) return apiErrorHandler(error, request, reply)
    reply.header('www-authenticate', bearerChallenge(request, mcpPaths[0]!, error)) // one resource with MCP
    await noteTooLittleScope(request, error)
    return apiErrorHandler(error, request, reply)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json\b/,
    { parseAs: 'buffer', bodyLimit: LARGEST_BYTES },
    (request, body, done) => {
      const { name = '' } = request.params as { name?: string }
      const tool = findTool(name)
      const limit = tool ? inputLimitOf(tool) : ORDINARY_BYTES
      if (body.length > limit) {
        return done(
          new ApiError(
            413,
            'too_large',
            `A call of ${tool?.name ?? 'this tool'} takes up to ${limit} bytes of JSON. Send less at once.`
          )
        )
      }
      return body.length === 0
        ? done(null, {})
        : app.bodyText.parseJson(request, body as Buffer, done)
    }
  )
  app.addContentTypeParser('*', async () => {
    throw new ApiError(
      415,
      'unsupported_media_type',
      'Send the arguments as a JSON object, with Content-Type: application/json.'
    )
  })

  app.get('', async (request, reply) => {
    const { principal } = request.credential!
    const chosen = choice(request)
    const list = toolsFor(principal, app.web.providers).filter((tool) => chosen.has(tool))
    return reply.header('cache-control', 'no-store').send({
      tools: list.map((tool) => ({
        ...listedTool(tool),
        scopes: scopesFor(tool),
        url: `${app.publicUrl}/api/v1/tools/${tool.name}`
      }))
    })
  })
  app.post<{ Params: { name: string } }>(
    '/:name',
    { bodyLimit: LARGEST_BYTES },
    async (request, reply) => {
      const credential = request.credential!
      const tool = findTool(request.params.name)
      if (!tool) {
        throw new ApiError(
          404,
          'unknown_tool',
          unknownTool(request.params.name, toolsFor(credential.principal, app.web.providers))
        )
      }
      requireScope(tool, credential)
      const called = await app.toolCalls.call({
        tool,
        args: request.body ?? {},
        credential,
        request,
        via: 'rest',
        deadline: CALL_DEADLINE_MS
      })
      reply.header('cache-control', 'no-store')
      if (called.outcome === 'ok') return reply.send(called.answer)
      return reply
        .status(statuses[called.outcome])
        .send({ error: called.outcome, error_description: called.text, request_id: request.id })
    }
  )
  for (const [url, allow] of [
    ['', 'GET'],
    ['/:name', 'POST']
  ] as const) {
    const others = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter(
      (method) => method !== allow
    )
    app.route({
      method: [...others],
      url,
      exposeHeadRoute: false,
      handler: async () => {
        throw new ApiError(
          405,
          'method_not_allowed',
          `This address takes ${allow} only. POST /api/v1/tools/{name} calls a tool.`,
          { allow }
        )
      }
    })
  }
}
export default tools

function choice(request: FastifyRequest) {
  try {
    return chosenTools(request.url, 'full')
  } catch (error) {
    throw error instanceof UnknownChoiceError
      ? new ApiError(400, 'invalid_request', error.message)
      : error
  }
}
