import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { CallOutcome } from '../../../../db/schema/index.ts'
import { ApiError, BearerError } from '../../../../lib/errors.ts'
import { bearerChallenge, mcpPaths, noteTooLittleScope } from '../../../../plugins/auth/index.ts'
import { apiErrorHandler } from '../../../../plugins/error-handler/dialects.ts'
import { requireScope, toolsToList } from '../../../../plugins/tool-calls/index.ts'
import { findTool, toolsFor, unknownTool } from '../../../../tools/index.ts'
import { inputLimitOf, LARGEST_BYTES, ORDINARY_BYTES } from '../../../../tools/input-size.ts'
import { listedTool } from '../../../../tools/listing.ts'
import { scopesFor, UnknownChoiceError } from '../../../../tools/profiles.ts'
import type { Tool } from '../../../../tools/tool.ts'

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
 * The tools over REST, for ChatGPT's custom actions and for scripts: GET lists them, POST calls a
 * tool. /openapi.json describes them.
 */
const toolsOverRest: FastifyPluginAsync = async (app) => {
  app.addHook('onRequest', async (request) => {
    request.credential = await app.auth.authenticate(request)
  })
  app.setErrorHandler(async (error: Error, request, reply: FastifyReply) => {
    if (!(error instanceof BearerError)) return apiErrorHandler(error, request, reply)
    // The challenge names the MCP URL, since REST is the same protected resource.
    reply.header('www-authenticate', bearerChallenge(request, mcpPaths[0]!, error))
    await noteTooLittleScope(request, error)
    return apiErrorHandler(error, request, reply)
  })
  addJsonParser(app)
  app.get('', async (request, reply) => listTools(app, request, reply))
  app.post<{ Params: { name: string } }>(
    '/:name',
    { bodyLimit: LARGEST_BYTES },
    async (request, reply) => callTool(app, request, reply, request.params.name)
  )
  refuseOtherMethods(app, '', 'GET')
  refuseOtherMethods(app, '/:name', 'POST')
}
export default toolsOverRest

/** Parses JSON up to the limit of the tool in the URL, and refuses every other kind of body. */
function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json\b/,
    { parseAs: 'buffer', bodyLimit: LARGEST_BYTES },
    (request, body, done) => {
      const { name = '' } = request.params as { name?: string }
      const tool = findTool(name)
      const maxBytes = tool ? inputLimitOf(tool) : ORDINARY_BYTES
      if (body.length > maxBytes) return done(tooLargeError(tool, maxBytes))
      if (body.length === 0) return done(null, {})
      return app.bodyText.parseJson(request, body as Buffer, done)
    }
  )
  app.addContentTypeParser('*', async () => {
    throw new ApiError(
      415,
      'unsupported_media_type',
      'Send the arguments as a JSON object, with Content-Type: application/json.'
    )
  })
}

function tooLargeError(tool: Tool | undefined, maxBytes: number): ApiError {
  return new ApiError(
    413,
    'too_large',
    `A call of ${tool?.name ?? 'this tool'} takes up to ${maxBytes} bytes of JSON. ` +
      'Send less at once.'
  )
}

async function listTools(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const { principal } = request.credential!
  const chosen = await toolsOfRequest(app, request)
  const listedTools = toolsFor(principal, app.web.providers).filter((tool) => chosen.has(tool))
  return reply.header('cache-control', 'no-store').send({
    tools: listedTools.map((tool) => ({
      ...listedTool(tool, request.credential!.principal),
      scopes: scopesFor(tool),
      url: `${app.publicUrl}/api/v1/tools/${tool.name}`
    }))
  })
}

async function callTool(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  toolName: string
): Promise<FastifyReply> {
  const credential = request.credential!
  const tool = findTool(toolName)
  if (!tool) {
    const callableTools = toolsFor(credential.principal, app.web.providers)
    throw new ApiError(404, 'unknown_tool', unknownTool(toolName, callableTools))
  }
  requireScope(tool, credential)
  const toolAnswer = await app.toolCalls.call({
    tool,
    args: request.body ?? {},
    credential,
    request,
    via: 'rest',
    deadline: CALL_DEADLINE_MS
  })
  reply.header('cache-control', 'no-store')
  if (toolAnswer.outcome === 'ok') return reply.send(toolAnswer.answer)
  return reply.status(failureStatuses[toolAnswer.outcome]).send({
    error: toolAnswer.outcome,
    error_description: toolAnswer.text,
    request_id: request.id
  })
}

function refuseOtherMethods(app: FastifyInstance, url: string, allow: 'GET' | 'POST'): void {
  const refusedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
    (method) => method !== allow
  )
  app.route({
    method: refusedMethods,
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

async function toolsOfRequest(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<ReadonlySet<Tool>> {
  try {
    return await toolsToList(app.db, request.url, request.credential!.principal)
  } catch (error) {
    throw error instanceof UnknownChoiceError
      ? new ApiError(400, 'invalid_request', error.message)
      : error
  }
}
