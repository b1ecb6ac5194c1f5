import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { TooManyRequests } from '../lib/errors.ts'
import { networkOf } from '../lib/network.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Counts a refused token request of this client from this address; to be called once it is
     * refused, so that nobody's good request is held up by another's bad ones. Throws
     * TooManyRequests from the 61st in a minute on.
     */
    countRefusal: (request: FastifyRequest, clientId: string) => Promise<void>
  }
}

const MINUTE_MS = 60_000
const MAX_REFUSALS = 60
/**
 * Routes by which a stranger can make work. Discovery, health and MCP are not among them: many
 * people share an address there, and MCP's clients heed no 429.
 */
const bounded =
  /^\/(api\/v1\/(oauth\/|tools)|(authorize|token|register|revoke|login|logout|setup|device|account)(\/|$))/
/** A proxy on this machine speaks for everybody, unless TRUST_PROXY tells whom it speaks for. */
const own = /^(::ffff:)?127\.|^::1$/

/**
 * The coarse bound on requests of one address, and app.countRefusal; in memory, for each process by
 * itself.
 */
export default fp(
  async (app) => {
    const most = app.config.RATE_LIMIT_PER_ADDRESS
    const clients = new WeakMap<FastifyRequest, string>()
    const refusalKey = (request: FastifyRequest) =>
      `${clients.get(request)} ${networkOf(request.ip)}`
    await app.register(rateLimit, { global: false, timeWindow: MINUTE_MS })
    const countRequest = inTurn(app.createRateLimit({ max: most }))
    const countRefusal = inTurn(
      app.createRateLimit({ max: MAX_REFUSALS, keyGenerator: refusalKey })
    )
    // What goes over a bound is noted once in a minute: a flood must not become one of the audit
    // log.
    const countNote = inTurn(app.createRateLimit({ max: 1 }))
    const countRefusalNote = inTurn(app.createRateLimit({ max: 1, keyGenerator: refusalKey }))

    app.addHook('onRequest', async (request) => {
      const { url = '' } = request.routeOptions // not the request's: one route has many spellings there, such as /%6cogin
      if (most === 0 || !bounded.test(url) || own.test(request.ip)) return
      const count = await countRequest(request)
      if (count.isAllowed || !count.isExceeded) return
      const note = await countNote(request)
      if (!note.isAllowed && !note.isExceeded) {
        await request.audit('request.refused', { reason: 'address_limit', details: { path: url } })
      }
      throw new TooManyRequests(
        'Too many requests came from this address; wait a little.',
        count.ttlInSeconds
      )
    })

    app.decorate('countRefusal', async (request, clientId) => {
      clients.set(request, clientId)
      const count = await countRefusal(request)
      if (count.isAllowed || !count.isExceeded) return
      const note = await countRefusalNote(request)
      if (!note.isAllowed && !note.isExceeded) {
        await request.audit('oauth.token.refused', { client_id: clientId, reason: 'refusal_limit' })
      }
      throw new TooManyRequests(
        'This client was refused too often in the last minute; wait, then let the person connect again.',
        count.ttlInSeconds
      )
    })
  },
  { name: 'rate-limit', dependencies: ['config', 'audit', 'security'] }
)

/**
 * One after the other: the store gives calls of one turn of the event loop the same object, and
 * each would read the count of the last of them.
 */
function inTurn<T>(
  count: (request: FastifyRequest) => Promise<T>
): (request: FastifyRequest) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (request) => {
    const counted = last.then(() => count(request))
    last = counted.catch(() => {})
    return counted
  }
}
