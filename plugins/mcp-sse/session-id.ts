import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RpcError } from '../../lib/errors.ts'
import type { ClientTraits } from './methods/method-call.ts'

const SESSION_SECONDS = 30 * 86400
/** A longer id is none of ours. */
const MAX_LENGTH = 1000

interface SealedSession {
  user_id: string
  client_name?: string
  shows_views?: true
}

/**
 * A session id for the user, signed, which remembers what the client said about itself. It needs no
 * state on the server, and works on every node and after a restart.
 */
export function issueSessionId(
  app: FastifyInstance,
  userId: string,
  { name, showsViews }: ClientTraits
): string {
  const session: SealedSession = {
    user_id: userId,
    ...(name !== undefined && { client_name: name }),
    ...(showsViews && { shows_views: true })
  }
  return app.seal.sign('mcp-session', session)
}

/**
 * What the session id of a request says about the client; nothing for a request without one. Throws
 * RpcError 404 for a session id that is forged, expired, or of another user.
 */
export function readSessionId(
  app: FastifyInstance,
  request: FastifyRequest,
  userId: string
): ClientTraits {
  const sessionId = request.headers['mcp-session-id']
  if (sessionId === undefined) return {}
  const sealedSession =
    String(sessionId).length > MAX_LENGTH
      ? undefined
      : app.seal.verify<SealedSession>('mcp-session', String(sessionId), SESSION_SECONDS)
  if (sealedSession?.user_id !== userId) {
    throw new RpcError(404, -32001, 'Session not found; initialize again.')
  }
  return { name: sealedSession.client_name, showsViews: sealedSession.shows_views }
}
