import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { LARGEST_BYTES } from '../../tools/input-size.ts'
import { bearerChallenge, type Credential, noteTooLittleScope } from '../auth/index.ts'
import { rpcErrorHandler } from '../error-handler/dialects.ts'
import { BearerError, RpcError } from '../../lib/errors.ts'
import { queryOf } from '../form-parameters.ts'
import { checkSessionId } from './session-id.ts'
import { openStreams, type Streams } from './stream.ts'
import { answerPost } from './streamable-http.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcpStreams: Streams
  }
}

/** app.mcpStreams: the open streams of this process. */
export default fp(
  async (app) => {
    app.decorate('mcpStreams', openStreams(app))
  },
  {
    name: 'mcp-sse',
    dependencies: ['auth', 'seal', 'audit', 'security', 'tool-calls', 'consent-views']
  }
)

/**
 * The MCP endpoint, both transports on one URL: GET opens the stream of 2024-11-05, POST is
 * Streamable HTTP.
 */
export const mcpEndpoint: FastifyPluginAsync = async (app) => endpoint(app, challenge)

/**
 * The same for API keys alone: its 401 says nothing of OAuth, for clients that drop a configured
 * key when they can discover OAuth.
 */
export const mcpKeyEndpoint: FastifyPluginAsync = async (app) =>
  endpoint(app, () => 'ApiKey realm="Kagura Memory"', ['api_key'])

/** Where the stream's client posts. */
export const mcpMessagesEndpoint: FastifyPluginAsync = async (app) => {
  scope(app, challenge)
  app.post('', { bodyLimit: LARGEST_BYTES }, async (request, reply) => {
    return app.mcpStreams.receive(
      request,
      reply,
      request.credential!,
      queryOf(request.url).get('sessionId') ?? ''
    )
  })
}

function endpoint(
  app: FastifyInstance,
  challengeFor: Challenge,
  kinds?: Array<Credential['kind']>
): void {
  scope(app, challengeFor, kinds)
  app.post('', { bodyLimit: LARGEST_BYTES }, (request, reply) =>
    answerPost(app, request, reply, request.credential!)
  )
  app.get('', { exposeHeadRoute: false }, async (request, reply) => {
    checkSessionId(app, request, request.credential!.principal.user_id)
    const streamable = request.headers['mcp-protocol-version'] ?? request.headers['mcp-session-id']
    if (streamable !== undefined) {
      reply.header('allow', 'POST')
      throw new RpcError(
        405,
        -32000,
        'Method Not Allowed: this server sends nothing outside of answers; POST only.'
      )
    }
    return app.mcpStreams.open(request, reply, request.credential!)
  })
  app.head('', async (_, reply) => reply.status(200).send())
  app.delete('', async (_, reply) => {
    reply.header('allow', 'GET, POST')
    throw new RpcError(
      405,
      -32000,
      'Method Not Allowed: nothing is kept for a session, so there is nothing to end. Forget its id.'
    )
  })
}

type Challenge = (request: FastifyRequest, error: BearerError) => string

/**
 * Authentication before anything else, and errors in JSON-RPC with the challenge of RFC 6750 §3.
 */
function scope(
  app: FastifyInstance,
  challengeFor: Challenge,
  kinds: Array<Credential['kind']> = ['oauth', 'api_key']
): void {
  app.addHook('onRequest', async (request) => {
    const credential = await app.auth.authenticate(request)
    if (!kinds.includes(credential.kind)) {
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
    if (!(error instanceof BearerError)) return rpcErrorHandler(error, request, reply)
    if (error.reason === 'no_credential' && isBrowserVisit(request)) {
      return reply.header('vary', 'Accept').page('mcp', {
        mcpUrl: app.mcpUrl,
        keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
        keysOnly: !kinds.includes('oauth')
      })
    }
    reply.header('www-authenticate', challengeFor(request, error))
    await noteTooLittleScope(request, error)
    return rpcErrorHandler(new RpcError(error.statusCode, -32001, error.message), request, reply)
  })
}

/** A person who opened the URL, not a client: browsers ask for HTML, clients of MCP do not. */
function isBrowserVisit({ method, headers }: FastifyRequest): boolean {
  const { accept = '' } = headers
  return (
    method === 'GET' &&
    accept.includes('text/html') &&
    !accept.includes('text/event-stream') &&
    headers['mcp-protocol-version'] === undefined &&
    headers['mcp-session-id'] === undefined
  )
}

function challenge(request: FastifyRequest, error: BearerError): string {
  return bearerChallenge(
    request,
    request.url
      .split('?')[0]!
      .replace(/\/$/, '')
      .replace(/\/messages$/, '/sse'),
    error
  )
}
