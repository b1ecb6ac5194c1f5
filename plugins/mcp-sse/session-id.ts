import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RpcError } from '../../lib/errors.ts'

/**
 * `Mcp-Session-Id` holds itself who it was given to: no state on the server, valid on every node
 * and after a restart.
 */
const SESSION_SECONDS = 30 * 86400

export function issueSessionId(app: FastifyInstance, userId: string): string {
  return app.seal.sign('mcp-session', { user_id: userId })
}

/**
 * A request without a session id is served all the same. Throws RpcError 404 on one that is forged,
 * expired, or another user's.
 */
export function checkSessionId(
  app: FastifyInstance,
  request: FastifyRequest,
  userId: string
): void {
  const id = request.headers['mcp-session-id']
  if (id === undefined) return
  const session = app.seal.verify<{ user_id: string }>('mcp-session', String(id), SESSION_SECONDS)
  if (session?.user_id !== userId) {
    throw new RpcError(404, -32001, 'Session not found; initialize again.')
  }
}
