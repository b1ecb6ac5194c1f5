import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RpcError } from '../../lib/errors.ts'

const SESSION_SECONDS = 30 * 86400

/**
 * A session id for the user, signed. It needs no state on the server, and works on every node and
 * after a restart.
 */
export function issueSessionId(app: FastifyInstance, userId: string): string {
  return app.seal.sign('mcp-session', { user_id: userId })
}

/**
 * Accepts a request without a session id. Throws RpcError 404 for a session id that is forged,
 * expired, or of another user.
 */
export function checkSessionId(
  app: FastifyInstance,
  request: FastifyRequest,
  userId: string
): void {
  const sessionId = request.headers['mcp-session-id']
  if (sessionId === undefined) return
  const sealedSession = app.seal.verify<{ user_id: string }>(
    'mcp-session',
    String(sessionId),
    SESSION_SECONDS
  )
  if (sealedSession?.user_id !== userId) {
    throw new RpcError(404, -32001, 'Session not found; initialize again.')
  }
}
