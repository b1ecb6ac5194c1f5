import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** How long a client may take to send a body, unless the route expects an upload. */
const BODY_MS = 60_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file: sending it may take as long as the server allows any request. */
    upload?: boolean
  }
}

/**
 * Closes the connection of a client that takes longer than a minute to send a body. Node's own
 * limit holds for all requests, and a large upload over a slow line needs more.
 */
export default fp(
  async (app) => {
    app.addHook('onRequest', async (request) => {
      if (hasBody(request) && !request.routeOptions.config.upload) limitBody(request)
    })
  },
  { name: 'body-deadline' }
)

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function limitBody({ raw }: FastifyRequest): void {
  const deadline = setTimeout(() => raw.complete || raw.destroy(), BODY_MS).unref()
  const clear = () => clearTimeout(deadline)
  raw.once('end', clear)
  raw.once('close', clear)
}
