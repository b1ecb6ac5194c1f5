import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  appOfCaller,
  CaptureGapError,
  capturePart,
  findCaptureState,
  findNextOffset,
  projectName
} from '../../../../domain/capture/index.ts'
import { limitContext } from '../../../../domain/context.ts'
import { isAppId, appIdOf } from '../../../../lib/app-id.ts'
import { ApiError } from '../../../../lib/errors.ts'
import { ToolError } from '../../../../lib/tool-error.ts'
import { queryOf } from '../../../../plugins/form-parameters.ts'
import { requireScope, type ScopedWork } from '../../../../plugins/tool-calls/index.ts'
import { authenticateRest } from '../../../../plugins/tool-calls/rest.ts'
import { addsOnce } from '../../../../tools/annotations.ts'
import { requireOwnNamespace } from '../../../../tools/input/namespaces.ts'
import { readBody } from './body.ts'

/** Bytes of one part. */
const MAX_BODY_BYTES = 1024 * 1024
const capturing: ScopedWork = { name: 'capture', groups: ['memory'], annotations: addsOnce }

/**
 * Takes the conversations of coding assistants, part by part, from the hooks of the plugin. GET
 * says whether capture is on, and where the next part of a session begins.
 */
const capture: FastifyPluginAsync = async (app) => {
  authenticateRest(app)
  addJsonParser(app)

  app.get('', async (request, reply) => {
    requireWriter(app, request)
    const query = queryOf(request.url)
    const project = projectName({
      project: query.get('project') ?? '',
      cwd: query.get('cwd') ?? ''
    }).replaceAll('\0', '')
    const sessionId = (query.get('session_id') ?? '').replaceAll('\0', '')
    const context = captureContext(app, request)
    const state = await findCaptureState(context, project)
    return reply.header('cache-control', 'no-store').send({
      enabled: state === 'on',
      ...(state !== 'on' && { reason: offText(app, request, state) }),
      next_offset: await findNextOffset(context, sessionId)
    })
  })

  app.post('', { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    requireWriter(app, request)
    return takePart(app, request, reply)
  })
}
export default capture

async function takePart(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  const part = readBody(request.body)
  const context = captureContext(app, request)
  const state = await findCaptureState(context, part.project)
  if (state !== 'on') throw new ApiError(403, 'capture_off', offText(app, request, state))
  reply.header('cache-control', 'no-store')
  try {
    requireOwnNamespace({ agent_name: part.agent_name }, context.principal)
    const limits = { bytes: app.config.CAPTURE_QUOTA_BYTES, days: app.config.CAPTURE_DAYS }
    const result = await capturePart(limitContext(context), part, limits)
    const { left_out, redacted } = part
    return await reply.send({ ...result, left_out, redacted })
  } catch (error) {
    if (error instanceof CaptureGapError) {
      const { message, nextOffset } = error
      return reply
        .status(409)
        .send({ error: 'gap', error_description: message, next_offset: nextOffset })
    }
    if (error instanceof ToolError) throw new ApiError(422, 'refused', error.message)
    throw error
  }
}

/** Throws BearerError or ApiError 403 for a caller that may not write memories. */
function requireWriter(app: FastifyInstance, request: FastifyRequest): void {
  const credential = request.credential!
  requireScope(capturing, credential)
  const { permissions, role } = credential.principal
  if (!permissions.has('memory') || role === 'read_only') {
    throw new ApiError(403, 'forbidden', 'This app or account may only read memories.')
  }
  if (app.config.CAPTURE_QUOTA_BYTES === 0) {
    throw new ApiError(403, 'capture_off', 'Capture is off on this server.')
  }
}

function captureContext({ db, config }: FastifyInstance, request: FastifyRequest) {
  return {
    db,
    principal: request.credential!.principal,
    quota: { memories: config.MEMORY_QUOTA_COUNT, bytes: config.MEMORY_QUOTA_BYTES }
  }
}

/** Why nothing is captured, and where the person can change it. */
function offText(
  { publicUrl }: FastifyInstance,
  request: FastifyRequest,
  state: 'app_off' | 'project_off'
): string {
  if (state === 'project_off') {
    return `Capture is off for this project. Its page under ${publicUrl}/projects changes that.`
  }
  const { source } = request.credential!.principal
  const id = appOfCaller({ source }) ?? ''
  const appId = source.key_id !== undefined || isAppId(id) ? id : appIdOf(id)
  return `Capture is off for this app. Turn it on at ${publicUrl}/apps/${encodeURIComponent(appId)}`
}

function addJsonParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json\b/,
    { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES },
    (request, body, done) => app.bodyText.parseJson(request, body as Buffer, done)
  )
  app.addContentTypeParser('*', async () => {
    throw new ApiError(415, 'unsupported_media_type', 'Send JSON, as application/json.')
  })
}
