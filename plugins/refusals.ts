import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { networkOf } from '../lib/network.ts'
import { minuteLimit } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyInstance {
    refusals: Refusals
  }
}

export interface Refusals {
  /**
   * Counts a refused token request of this client from this network. Call it only after the
   * refusal, so that bad requests of one client do not delay good requests of another. Throws
   * TooManyRequests from the 61st refusal in a minute on.
   */
  count: (request: FastifyRequest, clientId: string) => Promise<void>
}

const MAX_REFUSALS = 60

/** app.refusals: in memory, separately in each process. */
export default fp(
  async (app) => {
    const refusedClients = new WeakMap<FastifyRequest, string>()
    const countRefusal = minuteLimit(app, {
      max: MAX_REFUSALS,
      keyGenerator: (request) => `${refusedClients.get(request)} ${networkOf(request.ip)}`,
      message:
        'The server refused this client too often in the last minute. ' +
        'Wait, then let the person connect again.',
      auditOverrun: (request) =>
        request.audit('oauth.token.refused', {
          client_id: refusedClients.get(request),
          reason: 'refusal_limit'
        })
    })

    app.decorate('refusals', {
      count(request, clientId) {
        refusedClients.set(request, clientId)
        return countRefusal(request)
      }
    })
  },
  { name: 'refusals', dependencies: ['audit', 'rate-limit'] }
)
