import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** How long a client may take to send a body, unless the route expects an upload. */
const BODY_MS = 60_000
const TIMEOUT_ANSWER = 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file: sending it may take as long as the server allows any request. */
    upload?: boolean
  }
}

/**
 * Ends the connection of a client that takes longer than a minute to send a body, with 408. Node's
 * own limit holds for all requests, and a large upload over a slow line needs more.
 */
export default fp<{ bodyMs?: number }>(
  async (app, { bodyMs = BODY_MS }) => {
    app.addHook('onRequest', async (request) => {
      if (hasBody(request) && !request.routeOptions.config.upload) limitBody(request, bodyMs)
    })
  },
  { name: 'body-deadline' }
)

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function limitBody({ raw }: FastifyRequest, bodyMs: number): void {
  const deadline = setTimeout(() => {
    if (raw.complete) return
    raw.socket.write(TIMEOUT_ANSWER)
    raw.socket.destroySoon()
  }, bodyMs).unref()
  const clear = () => clearTimeout(deadline)
  raw.once('end', clear)
  raw.once('close', clear)
}
