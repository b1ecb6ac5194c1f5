import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { oauthErrorHandler } from '../../error-handler/dialects.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { rawFormOf, Parameters, queryOf } from '../../form-parameters.ts'
import { authenticateClient } from './authentication.ts'
import type { GrantRequest } from '../token/token-request.ts'

/**
 * Answers to a device that asks early, and to a client that has no nonce yet: every one gets them,
 * so they are not noted.
 */
const waiting = ['authorization_pending', 'slow_down', 'use_dpop_nonce']

type Begin = (
  app: FastifyInstance,
  form: Parameters,
  request: FastifyRequest
) => (asked: GrantRequest) => Promise<unknown>

/**
 * An endpoint that clients post forms to: well-formed, then the client proven, then the answer. A
 * refusal is noted as `refused`. RFC 6749 §3.2. `begin` may look at what the client presents while
 * the client itself is looked up, and refuse it; nothing more, for it is not proven yet.
 */
export function clientEndpoint(
  refused: string,
  statusCode: number,
  begin: Begin
): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler(oauthErrorHandler)

    app.post('', async (request, reply) => {
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      const form = rawFormOf(request)
      let clientId = form.get('client_id')
      let isProven = false
      try {
        requireWellFormed(request, form)
        const answer = begin(app, form, request)
        const { client, proven } = await authenticateClient(app, request, form)
        clientId = client.client_id
        isProven = proven
        const content = await answer({ app, request, reply, client, proven, form })
        return await reply.status(statusCode).send(content)
      } catch (error) {
        if (!(error instanceof OAuthError) || waiting.includes(error.error)) throw error
        if (error.error === 'invalid_grant' && clientId !== undefined) {
          await app.refusals.count(request, clientId)
        }
        const entry = { client_id: clientId, reason: error.reason, details: { error: error.error } }
        await (isProven ? request.audit(refused, entry) : request.auditBounded(refused, entry))
        throw error
      }
    })
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url: '',
      handler: async (_, reply) => {
        reply.header('allow', 'POST')
        throw new OAuthError('invalid_request', 'This endpoint takes POST only.', {
          statusCode: 405,
          reason: 'method_not_allowed'
        })
      }
    })
  }
}

function requireWellFormed(request: FastifyRequest, form: Parameters): void {
  if (!(request.body instanceof Parameters)) {
    throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded.', {
      reason: 'not_a_form'
    })
  }
  const query = queryOf(request.url)
  const misplaced = [
    'client_secret',
    'code',
    'token',
    'refresh_token',
    'device_code',
    'code_verifier'
  ].filter((name) => query.get(name) !== undefined)
  if (misplaced.length > 0) {
    throw new OAuthError(
      'invalid_request',
      `Secrets belong in the body, not in the URL: ${misplaced.join(', ')}.`,
      { reason: 'secret_in_url' }
    )
  }
  const repeated = form.repeated('resource')
  if (repeated.length > 0) {
    throw new OAuthError('invalid_request', `Sent more than once: ${repeated.join(', ')}.`, {
      reason: 'repeated_parameter'
    })
  }
  if (form.malformed.length > 0) {
    throw new OAuthError('invalid_request', 'A parameter is not valid UTF-8 text.', {
      reason: 'malformed_parameter'
    })
  }
}
