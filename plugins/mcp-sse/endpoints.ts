import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { BearerError, RpcError } from '../../lib/errors.ts'
import { LARGEST_BYTES } from '../../tools/input-size.ts'
import { bearerChallenge, type Credential, noteTooLittleScope } from '../auth/index.ts'
import { rpcErrorHandler } from '../error-handler/dialects.ts'
import { queryOf } from '../form-parameters.ts'
import { SseTransport } from './legacy/sse.ts'
import { answerPost } from './legacy/streamable-http.ts'
import { INVALID_REQUEST } from './messages.ts'
import type { McpService } from './methods/method-call.ts'
import { answerModern } from './modern/answer.ts'
import { classify, isModernPost, isModernVersion } from './modern/classify.ts'
import { requireJson } from './request-checks.ts'
import { readSessionId } from './session-id.ts'

type ChallengeWriter = (request: FastifyRequest, error: BearerError) => string
type CredentialKind = Credential['kind']

/** What the endpoints share: the service and the streams of HTTP+SSE. */
export interface McpEnds {
  mcp: McpService
  sse: SseTransport
}

/** The MCP endpoint for access tokens and API keys. */
export function mcpEndpoint(ends: McpEnds): FastifyPluginAsync {
  return async (app) => {
    protectScope(app, oauthChallenge, ['oauth', 'api_key'])
    addTransports(app, ends)
  }
}

/**
 * The MCP endpoint for API keys alone. Its 401 does not mention OAuth, because some clients drop a
 * configured key when they can discover OAuth.
 */
export function mcpKeyEndpoint(ends: McpEnds): FastifyPluginAsync {
  return async (app) => {
    protectScope(app, () => 'ApiKey realm="Kagura Memory"', ['api_key'])
    addTransports(app, ends)
  }
}

/** The endpoint to which the client of an open stream posts. `?sessionId=` names the stream. */
export function mcpMessagesEndpoint({ sse }: McpEnds): FastifyPluginAsync {
  return async (app) => {
    protectScope(app, oauthChallenge, ['oauth', 'api_key'])
    app.post('', { bodyLimit: LARGEST_BYTES }, async (request, reply) => {
      requireJson(request)
      const sessionId = queryOf(request.url).get('sessionId') ?? ''
      return sse.receive(request, reply, request.credential!, sessionId)
    })
  }
}

function addTransports(app: FastifyInstance, { mcp, sse }: McpEnds): void {
  app.post('', { bodyLimit: LARGEST_BYTES }, async (request, reply) => {
    requireJson(request)
    const modernMessage = classify(request.headers, request.body)
    return modernMessage
      ? answerModern(mcp, request, reply, request.credential!, modernMessage)
      : answerPost(mcp, request, reply, request.credential!)
  })
  app.get('', { exposeHeadRoute: false }, async (request, reply) => {
    refuseModern(request, reply)
    readSessionId(app, request, request.credential!.principal.user_id)
    if (isStreamableHttp(request)) {
      reply.header('allow', 'POST')
      throw new RpcError(
        405,
        -32000,
        'Method Not Allowed: this server sends nothing outside of answers. Use POST only.'
      )
    }
    return sse.open(request, reply, request.credential!)
  })
  app.head('', async (_, reply) => reply.status(200).send())
  app.delete('', async (request, reply) => {
    refuseModern(request, reply)
    reply.header('allow', 'GET, POST')
    throw new RpcError(
      405,
      -32000,
      'Method Not Allowed: the server keeps nothing for a session. Forget the session id.'
    )
  })
}

/** 2026-07-28 has no other method than POST. Throws RpcError 405. */
function refuseModern(request: FastifyRequest, reply: FastifyReply): void {
  if (!isModernVersion(request.headers['mcp-protocol-version'])) return
  reply.header('allow', 'POST')
  throw new RpcError(405, INVALID_REQUEST, 'Method Not Allowed: use POST only.')
}

/**
 * Authenticates before anything else. Words errors as JSON-RPC, with the challenge of RFC 6750 §3.
 */
function protectScope(
  app: FastifyInstance,
  writeChallenge: ChallengeWriter,
  credentialKinds: CredentialKind[]
): void {
  app.addHook('onRequest', async (request) => {
    const credential = await app.auth.authenticate(request)
    if (!credentialKinds.includes(credential.kind)) {
      throw new BearerError(
        401,
        'invalid_token',
        'This address takes API keys only; for OAuth use /api/v1/mcp/sse.',
        { reason: 'not_an_api_key' }
      )
    }
    request.credential = credential
  })
  app.setErrorHandler(async (error: Error, request, reply: FastifyReply) => {
    const isModern = isModernPost(request.headers, request.body)
    const idRule = { omitsNull: isModern }
    if (!(error instanceof BearerError)) return rpcErrorHandler(error, request, reply, idRule)
    if (error.reason === 'no_credential' && isBrowserVisit(request)) {
      return reply.header('vary', 'Accept').page('mcp', {
        mcpUrl: app.mcpUrl,
        keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
        keysOnly: !credentialKinds.includes('oauth')
      })
    }
    reply.header('www-authenticate', writeChallenge(request, error))
    await noteTooLittleScope(request, error)
    const code = isModern ? INVALID_REQUEST : -32001
    const rpcError = new RpcError(error.statusCode, code, error.message)
    return rpcErrorHandler(rpcError, request, reply, idRule)
  })
}

/** A client of Streamable HTTP sends one of these headers after `initialize`. */
function isStreamableHttp({ headers }: FastifyRequest): boolean {
  return headers['mcp-protocol-version'] !== undefined || headers['mcp-session-id'] !== undefined
}

/** A person opened the URL. Browsers ask for HTML; MCP clients do not. */
function isBrowserVisit(request: FastifyRequest): boolean {
  const { accept = '' } = request.headers
  return (
    request.method === 'GET' &&
    accept.includes('text/html') &&
    !accept.includes('text/event-stream') &&
    !isStreamableHttp(request)
  )
}

/** The challenge names the metadata of the URL's stream: /messages belongs to /sse. */
function oauthChallenge(request: FastifyRequest, error: BearerError): string {
  const mcpPath = request.url
    .split('?')[0]!
    .replace(/\/$/, '')
    .replace(/\/messages$/, '/sse')
  return bearerChallenge(request, mcpPath, error)
}
