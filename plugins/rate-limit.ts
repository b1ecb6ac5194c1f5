import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { TooManyRequestsError } from '../lib/errors.ts'

const MINUTE_MS = 60_000
/**
 * Routes by which a stranger can cause work. Discovery, health and MCP are absent: many people
 * share an address there, and MCP clients ignore 429.
 */
const limitedRoute = new RegExp(
  String.raw`^\/(api\/v1\/(oauth\/|tools|briefing|capture)|` +
    String.raw`(authorize|token|register|revoke|device)(\/|$)|` +
    String.raw`(login|logout|setup|invite|reset|reauthenticate|settings|apps|activity|admin|` +
    String.raw`connect|memories|timeline|graph|projects)(\/|$))`
)
/** A proxy on this machine stands for every client, unless TRUST_PROXY makes its header count. */
const loopbackAddress = /^(::ffff:)?127\.|^::1$/

/**
 * Bounds the requests of one address in a minute (RATE_LIMIT_PER_ADDRESS). The counts stay in
 * memory, separately in each process.
 */
export default fp(
  async (app) => {
    const maxRequests = app.config.RATE_LIMIT_PER_ADDRESS
    await app.register(rateLimit, { global: false, timeWindow: MINUTE_MS })
    const countRequest = minuteLimit(app, {
      max: maxRequests,
      message: 'Too many requests came from this address. Wait a little.',
      auditOverrun: (request) =>
        request.audit('request.refused', {
          reason: 'address_limit',
          details: { path: request.routeOptions.url }
        })
    })

    app.addHook('onRequest', async (request) => {
      // The route's pattern, not the request's URL: one route has many spellings, as /%6cogin.
      const { url = '' } = request.routeOptions
      if (maxRequests === 0 || !limitedRoute.test(url) || loopbackAddress.test(request.ip)) return
      await countRequest(request)
    })
  },
  { name: 'rate-limit', dependencies: ['config', 'audit', 'security'] }
)

/** How many requests of one key a minute allows, and what follows an overrun. */
export interface MinuteLimit {
  max: number
  /** What the requests are counted by; the client's address when it is missing. */
  keyGenerator?: (request: FastifyRequest) => string
  message: string
  auditOverrun: (request: FastifyRequest) => Promise<void>
}

/**
 * Returns a function that counts a request. The function throws TooManyRequestsError over the
 * limit, and audits this once in a minute, so that a flood of requests does not flood the audit
 * log.
 */
export function minuteLimit(
  app: FastifyInstance,
  { max, keyGenerator, message, auditOverrun }: MinuteLimit
): (request: FastifyRequest) => Promise<void> {
  const countRequest = oneAfterAnother(
    app.createRateLimit({ max, ...(keyGenerator && { keyGenerator }) })
  )
  const countOverrun = oneAfterAnother(
    app.createRateLimit({ max: 1, ...(keyGenerator && { keyGenerator }) })
  )
  return async (request) => {
    const requestCount = await countRequest(request)
    if (requestCount.isAllowed || !requestCount.isExceeded) return
    const overrunCount = await countOverrun(request)
    if (!overrunCount.isAllowed && !overrunCount.isExceeded) await auditOverrun(request)
    throw new TooManyRequestsError(message, requestCount.ttlInSeconds)
  }
}

/**
 * Runs the counts in sequence. The store returns the same object to all calls of one turn of the
 * event loop, so concurrent calls would all read the last count.
 */
function oneAfterAnother<T>(
  count: (request: FastifyRequest) => Promise<T>
): (request: FastifyRequest) => Promise<T> {
  let lastCount: Promise<unknown> = Promise.resolve()
  return (request) => {
    const nextCount = lastCount.then(() => count(request))
    lastCount = nextCount.catch(() => {})
    return nextCount
  }
}
