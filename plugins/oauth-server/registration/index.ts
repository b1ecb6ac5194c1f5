import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest
} from 'fastify'
import { hasSecret } from '../../../db/oauth/client-metadata.ts'
import {
  deleteRegisteredClient,
  findRegisteredClient,
  type RegisteredClient,
  registerClient,
  updateRegisteredClient
} from '../../../db/oauth/client-registrations.ts'
import type { Client } from '../../../db/oauth/clients.ts'
import { deleteFormerSecrets } from '../../../db/oauth/client-secrets.ts'
import { oauthErrorHandler } from '../../error-handler/dialects.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { Parameters } from '../../form-parameters.ts'
import { isSecretOf } from '../client/authentication.ts'
import { readClientMetadata } from '../client/metadata.ts'
import {
  bearerOf,
  invalidToken,
  registeringNetwork,
  requireFewUnused,
  requireRegistrationAllowed
} from './gate.ts'

const MAX_BYTES = 65536

interface Managed {
  Params: { client_id: string }
}

/**
 * The registration endpoint (RFC 7591 §3), and below it the configuration endpoint of each client
 * that registered itself (RFC 7592 §2).
 */
export const registrationEndpoint: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(async (error: Error, request, reply) => {
    const refusal = inWordsOfRegistration(error)
    if (refusal instanceof OAuthError) {
      const { client_id: clientId } = request.params as Partial<Managed['Params']>
      await request.auditBounded('oauth.client.registration_refused', {
        client_id: clientId,
        reason: refusal.reason,
        details: { error: refusal.error, description: refusal.message }
      })
    }
    return oauthErrorHandler(refusal, request, reply)
  })
  app.addHook('onRequest', async (_, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
  })

  app.post('', { bodyLimit: MAX_BYTES }, (request, reply) => register(app, request, reply))
  app.get<Managed>('/:client_id', (request) => show(app, request, request.params.client_id))
  app.put<Managed>('/:client_id', { bodyLimit: MAX_BYTES }, (request) =>
    replace(app, request, request.params.client_id)
  )
  app.delete<Managed>('/:client_id', (request, reply) =>
    remove(app, request, reply, request.params.client_id)
  )

  refuseMethods(['GET', 'PUT', 'PATCH', 'DELETE'], '', 'POST')
  refuseMethods(['POST', 'PATCH'], '/:client_id', 'GET, PUT, DELETE')

  function refuseMethods(method: string[], url: string, allowed: string): void {
    app.route({
      method,
      url,
      handler: async (_, reply) =>
        reply
          .status(405)
          .header('allow', allowed)
          .send({
            error: 'invalid_request',
            error_description: `this address takes ${allowed} only`
          })
    })
  }
}

/**
 * Of several registrations of one client each is a client of its own: who runs twice at once may go
 * on with either.
 */
async function register(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  requireRegistrationAllowed(app, request)
  const stated = readClientMetadata(jsonOf(request), { source: 'registration' })
  const network = registeringNetwork(request)
  const registered = await app.db.transaction().execute(async (trx) => {
    await requireFewUnused(trx, network)
    return registerClient(trx, { ...stated, registered_from: network })
  })
  await request.audit('oauth.client.registered', {
    client_id: registered.client.client_id,
    details: { ...stated, jwks: undefined }
  })
  return reply.status(201).send(answer(app, registered))
}

/**
 * The client's registration as it is, with the token that was sent; a secret is not kept in a form
 * that could be shown again.
 */
async function show(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<Record<string, unknown>> {
  const { client, token } = await requireOwnClient(app, request, clientId)
  return answer(app, { client, registration_access_token: token })
}

/**
 * Everything that may be wrong is found before anything changes. The registration token changes
 * with every PUT that succeeds.
 */
async function replace(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<Record<string, unknown>> {
  const { client, token } = await requireOwnClient(app, request, clientId)
  const json = jsonOf(request) as Record<string, unknown>
  const stated = readClientMetadata(json, { source: 'registration' })
  if (json['client_id'] !== clientId) {
    throw new OAuthError(
      'invalid_client_metadata',
      'client_id must be that of the client that is changed.',
      { reason: 'client_id_mismatch' }
    )
  }
  const secret = json['client_secret'] ?? undefined
  if (
    secret !== undefined &&
    !(typeof secret === 'string' && (await isSecretOf(app.db, client, [secret])))
  ) {
    throw new OAuthError(
      'invalid_client_metadata',
      'client_secret is not the present one; a client does not choose its secret.',
      { reason: 'client_secret_mismatch' }
    )
  }
  const changed = await app.db.transaction().execute(async (trx) => {
    const updated = await updateRegisteredClient(trx, clientId, token, stated)
    if (updated && !hasSecret(updated.client.token_endpoint_auth_method)) {
      await deleteFormerSecrets(trx, clientId)
    }
    return updated
  })
  if (!changed) throw unmanaged()
  await request.auditBounded('oauth.client.updated', {
    client_id: clientId,
    reason: 'by_the_client',
    details: { ...stated, jwks: undefined }
  })
  return answer(app, changed)
}

async function remove(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  clientId: string
): Promise<FastifyReply> {
  const { token } = await requireOwnClient(app, request, clientId)
  if (!(await deleteRegisteredClient(app.db, clientId, token))) throw unmanaged()
  await request.audit('oauth.client.deleted', { client_id: clientId, reason: 'by_the_client' })
  return reply.status(204).send()
}

async function requireOwnClient(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<{ client: Client; token: string }> {
  const token = bearerOf(request) ?? ''
  const client = /[\0\ufffd]/.test(clientId)
    ? undefined
    : await findRegisteredClient(app.db, clientId, token)
  if (!client) throw unmanaged()
  return { client, token }
}

function unmanaged(): OAuthError {
  return invalidToken(
    'There is no such client, or the registration access token is not its own.',
    'registration_token_wrong'
  )
}

function jsonOf({ body }: FastifyRequest): unknown {
  if (body instanceof Parameters) {
    throw new OAuthError('invalid_client_metadata', 'Send application/json.', {
      reason: 'not_json'
    })
  }
  return body
}

/**
 * Fastify's own refusals of a body, in the codes that registration knows (RFC 7591 §3.2.2); 413
 * stays 413.
 */
function inWordsOfRegistration(error: Error): Error {
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>
  if (error instanceof OAuthError || !code.startsWith('FST_ERR_CTP_') || statusCode >= 500) {
    return error
  }
  const tooLarge = statusCode === 413
  const isWorded = ['FST_ERR_CTP_BODY_ENCODING', 'FST_ERR_CTP_JSON_LIMITS'].includes(code)
  const text = isWorded ? error.message : 'The body is not JSON, sent as application/json.'
  return new OAuthError(
    'invalid_client_metadata',
    tooLarge && !isWorded ? `Client metadata may have ${MAX_BYTES} bytes.` : text,
    {
      statusCode: tooLarge ? 413 : 400,
      reason: tooLarge ? 'metadata_too_large' : 'not_json'
    }
  )
}

/**
 * What was registered, with the defaults, and without members that have no value: null and "" make
 * clients stumble.
 */
function answer(
  { publicUrl }: FastifyInstance,
  { client, client_secret: secret, registration_access_token: token }: RegisteredClient
): Record<string, unknown> {
  const { client_id: clientId } = client
  const metadata = Object.entries({
    client_name: client.client_name,
    redirect_uris: client.redirect_uris,
    grant_types: client.grant_types,
    response_types: client.response_types,
    scope: client.scope,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    application_type: client.application_type,
    client_uri: client.client_uri,
    logo_uri: client.logo_uri,
    tos_uri: client.tos_uri,
    policy_uri: client.policy_uri,
    software_id: client.software_id,
    software_version: client.software_version,
    jwks: client.jwks,
    jwks_uri: client.jwks_uri,
    dpop_bound_access_tokens: client.dpop_bound_access_tokens || null
  })
  return {
    client_id: clientId,
    client_id_issued_at: Math.floor(client.created_at.getTime() / 1000),
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    registration_client_uri: `${publicUrl}/api/v1/oauth/register/${clientId}`,
    registration_access_token: token,
    ...Object.fromEntries(metadata.filter(([, value]) => value !== null && value !== ''))
  }
}
