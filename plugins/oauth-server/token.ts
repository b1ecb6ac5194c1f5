import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Client } from '../../db/oauth-clients.ts'
import { OAuthError, oauthErrorHandler } from '../errors.ts'
import { formOf, Parameters, queryOf } from '../form-parameters.ts'
import { authorizationCode } from './authorization-code.ts'
import { authenticateClient } from './client-authentication.ts'
import { DEVICE_GRANT, deviceCode } from './device-code.ts'
import { refreshToken } from './refresh-token.ts'

const grants = new Map([['authorization_code', authorizationCode], ['refresh_token', refreshToken], [DEVICE_GRANT, deviceCode]])
/** Answers to a device that asks early: every one does, so they are not noted. */
const waiting = ['authorization_pending', 'slow_down']

/** The token endpoint: well-formed, then the client proven, then the grant. RFC 6749 §3.2. */
export const tokenEndpoint: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(oauthErrorHandler)

  app.post('', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
    const form = formOf(request)
    let clientId = form.get('client_id')
    try {
      requireWellFormed(request, form)
      const client = await authenticateClient(app, request, form)
      clientId = client.client_id
      const answer = await requireGrantType(client, form)({ app, request, client, form })
      return answer
    } catch (error) {
      if (!(error instanceof OAuthError) || waiting.includes(error.error)) throw error
      if (error.error === 'invalid_grant' && clientId !== undefined) await app.countRefusal(request, clientId)
      await request.audit('oauth.token.refused', { client_id: clientId, reason: error.reason, details: { error: error.error } })
      throw error
    }
  })
  onlyPost(app)
}

/** Everything but POST gets 405, in the words of the scope. */
export function onlyPost (app: FastifyInstance): void {
  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '',
    handler: async (_, reply) => {
      reply.header('allow', 'POST')
      throw new OAuthError('invalid_request', 'This endpoint takes POST only.', { statusCode: 405, reason: 'method_not_allowed' })
    }
  })
}

/** A form, with its secrets in the body, nothing twice and all of it text. Throws OAuthError. */
export function requireWellFormed (request: FastifyRequest, form: Parameters): void {
  if (!(request.body instanceof Parameters)) throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded.', { reason: 'not_a_form' })
  const misplaced = ['client_secret', 'code', 'refresh_token', 'device_code', 'code_verifier'].filter((name) => queryOf(request.url).get(name) !== undefined)
  if (misplaced.length > 0) throw new OAuthError('invalid_request', `Secrets belong in the body, not in the URL: ${misplaced.join(', ')}.`, { reason: 'secret_in_url' })
  const repeated = form.repeated('resource')
  if (repeated.length > 0) throw new OAuthError('invalid_request', `Sent more than once: ${repeated.join(', ')}.`, { reason: 'repeated_parameter' })
  if (form.malformed.length > 0) throw new OAuthError('invalid_request', 'A parameter is not valid UTF-8 text.', { reason: 'malformed_parameter' })
}

function requireGrantType (client: Client, form: Parameters) {
  const type = form.get('grant_type')
  if (type === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.', { reason: 'grant_type_missing' })
  const grant = grants.get(type)
  if (!grant) throw new OAuthError('unsupported_grant_type', `grant_type can be: ${[...grants.keys()].join(', ')}.`)
  if (!client.grant_types.includes(type)) throw new OAuthError('unauthorized_client', `This client is not registered for ${type}.`)
  return grant
}
