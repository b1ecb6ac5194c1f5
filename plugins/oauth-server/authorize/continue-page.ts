import type { FastifyInstance, FastifyReply } from 'fastify'
import { displayName } from '../client/client.ts'
import type { ResponseTarget } from './authorization-error.ts'
import { redirectTarget, responseUrl } from './redirect-uri.ts'

/**
 * Sends the person back to the app by a page that navigates. A redirect would fail after a form:
 * browsers hold its answer to `form-action 'self'` through every hop.
 */
export function showContinuePage(
  app: FastifyInstance,
  reply: FastifyReply,
  { client, redirectUri, state }: ResponseTarget,
  response: Record<string, string>,
  isApproved: boolean
): FastifyReply {
  return reply.page('continue', {
    url: responseUrl(app, redirectUri, { ...response, state }),
    clientName: displayName(client),
    approved: isApproved,
    redirectHost: redirectTarget(redirectUri).redirectHost
  })
}
