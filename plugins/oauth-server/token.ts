import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { type Client, touchClient } from '../../db/oauth-clients.ts'
import { OAuthError, oauthErrorHandler } from '../errors.ts'
import { formOf, Parameters, queryOf } from '../form-parameters.ts'
import { authorizationCode } from './authorization-code.ts'
import { authenticateClient } from './client-authentication.ts'
import { refreshToken } from './refresh-token.ts'

const grants = new Map([['authorization_code', authorizationCode], ['refresh_token', refreshToken]])

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
      // Only now: naming a client_id, or proving a client that nobody lets in, is no use of it.
      if (Date.now() - (client.last_used_at?.getTime() ?? 0) > 60_000) await touchClient(app.db, client.client_id)
      return answer
    } catch (error) {
      if (error instanceof OAuthError) await request.audit('oauth.token.refused', { client_id: clientId, reason: error.reason, details: { error: error.error } })
      throw error
    }
  })
  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '',
    handler: async (_, reply) => reply.status(405).header('allow', 'POST').send({ error: 'invalid_request', error_description: 'the token endpoint takes POST only' })
  })
}

function requireWellFormed (request: FastifyRequest, form: Parameters): void {
  if (!(request.body instanceof Parameters)) throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded.', { reason: 'not_a_form' })
  const misplaced = ['client_secret', 'code', 'refresh_token', 'code_verifier'].filter((name) => queryOf(request.url).get(name) !== undefined)
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
