import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../../../lib/errors.ts'
import { toolsToList } from '../../../../plugins/tool-calls/index.ts'
import {
  authenticateRest,
  callToolOverRest,
  refuseOtherMethods
} from '../../../../plugins/tool-calls/rest.ts'
import { findTool, toolsFor, unknownTool } from '../../../../tools/index.ts'
import { inputLimitOf, LARGEST_BYTES, ORDINARY_BYTES } from '../../../../tools/input-size.ts'
import { listedTool } from '../../../../tools/listing.ts'
import { scopesFor, UnknownChoiceError } from '../../../../tools/profiles.ts'
import type { Tool } from '../../../../tools/tool.ts'

const METHODS_ADVICE = 'POST /api/v1/tools/{name} calls a tool.'

/**
 * The tools over REST, for ChatGPT's custom actions and for scripts: GET lists them, POST calls a
 * tool. /openapi.json describes them.
 */
const toolsOverRest: FastifyPluginAsync = async (app) => {
  authenticateRest(app)
  addJsonParser(app)
  app.get('', async (request, reply) => listTools(app, request, reply))
  app.post<{ Params: { name: string } }>(
    '/:name',
    { bodyLimit: LARGEST_BYTES },
    async (request, reply) => callTool(app, request, reply, request.params.name)
  )
  refuseOtherMethods(app, '', 'GET', METHODS_ADVICE)
  refuseOtherMethods(app, '/:name', 'POST', METHODS_ADVICE)
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
  return callToolOverRest(app, request, reply, tool, request.body ?? {})
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
