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
  bearerToken,
  invalidTokenError,
  registeringNetwork,
  requireFewUnused,
  requireRegistrationAllowed
} from './gate.ts'

const MAX_BYTES = 65536

interface ManagedClient {
  Params: { client_id: string }
}

/**
 * The registration endpoint (RFC 7591 §3), and below it the configuration endpoint of each client
 * that registered itself (RFC 7592 §2).
 */
export const registrationEndpoint: FastifyPluginAsync = async (app) => {
  app.setErrorHandler(async (error: Error, request, reply) => {
    const refusal = toRegistrationError(error)
    if (refusal instanceof OAuthError) {
      const { client_id: clientId } = request.params as Partial<ManagedClient['Params']>
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

  app.post('', { bodyLimit: MAX_BYTES }, (request, reply) => registerNewClient(app, request, reply))
  app.get<ManagedClient>('/:client_id', (request) =>
    showClient(app, request, request.params.client_id)
  )
  app.put<ManagedClient>('/:client_id', { bodyLimit: MAX_BYTES }, (request) =>
    replaceMetadata(app, request, request.params.client_id)
  )
  app.delete<ManagedClient>('/:client_id', (request, reply) =>
    deleteClient(app, request, reply, request.params.client_id)
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
            error_description: `This address takes ${allowed} only.`
          })
    })
  }
}

/**
 * Concurrent identical registrations create separate clients; an app may go on with either. Throws
 * OAuthError.
 */
async function registerNewClient(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<FastifyReply> {
  requireRegistrationAllowed(app, request)
  const statedMetadata = readClientMetadata(jsonBody(request), { source: 'registration' })
  const network = registeringNetwork(request)
  const registeredClient = await app.db.transaction().execute(async (trx) => {
    await requireFewUnused(trx, network)
    return registerClient(trx, { ...statedMetadata, registered_from: network })
  })
  await request.audit('oauth.client.registered', {
    client_id: registeredClient.client.client_id,
    details: { ...statedMetadata, jwks: undefined }
  })
  return reply.status(201).send(registrationResponse(app, registeredClient))
}

/**
 * The client's registration with the token that was sent. The secret is missing: only its digest is
 * stored.
 */
async function showClient(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<Record<string, unknown>> {
  const { client, token } = await requireOwnClient(app, request, clientId)
  return registrationResponse(app, { client, registration_access_token: token })
}

/**
 * Replaces the metadata of a client, after every check. Each successful PUT also changes the
 * registration token. Throws OAuthError.
 */
async function replaceMetadata(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<Record<string, unknown>> {
  const { client, token } = await requireOwnClient(app, request, clientId)
  const newMetadata = jsonBody(request) as Record<string, unknown>
  const statedMetadata = readClientMetadata(newMetadata, { source: 'registration' })
  if (newMetadata['client_id'] !== clientId) {
    throw new OAuthError('invalid_client_metadata', 'client_id must be the one in the URL.', {
      reason: 'client_id_mismatch'
    })
  }
  const sentSecret = newMetadata['client_secret'] ?? undefined
  if (
    sentSecret !== undefined &&
    !(typeof sentSecret === 'string' && (await isSecretOf(app.db, client, [sentSecret])))
  ) {
    throw new OAuthError(
      'invalid_client_metadata',
      'client_secret is not the current one; a client cannot choose its secret.',
      { reason: 'client_secret_mismatch' }
    )
  }
  const updatedClient = await app.db.transaction().execute(async (trx) => {
    const updated = await updateRegisteredClient(trx, clientId, token, statedMetadata)
    if (updated && !hasSecret(updated.client.token_endpoint_auth_method)) {
      await deleteFormerSecrets(trx, clientId)
    }
    return updated
  })
  if (!updatedClient) throw notOwnClient()
  await request.auditBounded('oauth.client.updated', {
    client_id: clientId,
    reason: 'by_the_client',
    details: { ...statedMetadata, jwks: undefined }
  })
  return registrationResponse(app, updatedClient)
}

async function deleteClient(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  clientId: string
): Promise<FastifyReply> {
  const { token } = await requireOwnClient(app, request, clientId)
  if (!(await deleteRegisteredClient(app.db, clientId, token))) throw notOwnClient()
  await request.audit('oauth.client.deleted', { client_id: clientId, reason: 'by_the_client' })
  return reply.status(204).send()
}

async function requireOwnClient(
  app: FastifyInstance,
  request: FastifyRequest,
  clientId: string
): Promise<{ client: Client; token: string }> {
  const token = bearerToken(request) ?? ''
  const client = /[\0\ufffd]/.test(clientId)
    ? undefined
    : await findRegisteredClient(app.db, clientId, token)
  if (!client) throw notOwnClient()
  return { client, token }
}

function notOwnClient(): OAuthError {
  return invalidTokenError(
    'There is no such client, or this is not its registration access token.',
    'registration_token_wrong'
  )
}

function jsonBody({ body }: FastifyRequest): unknown {
  if (body instanceof Parameters) {
    throw new OAuthError('invalid_client_metadata', 'Send application/json.', {
      reason: 'not_json'
    })
  }
  return body
}

/** Fastify's own refusals of a body, with the codes of RFC 7591 §3.2.2; 413 stays 413. */
function toRegistrationError(error: Error): Error {
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>
  if (error instanceof OAuthError || !code.startsWith('FST_ERR_CTP_') || statusCode >= 500) {
    return error
  }
  const isTooLarge = statusCode === 413
  const hasOwnMessage = ['FST_ERR_CTP_BODY_ENCODING', 'FST_ERR_CTP_JSON_LIMITS'].includes(code)
  const bodyFault = hasOwnMessage
    ? error.message
    : 'The body is not JSON, sent as application/json.'
  return new OAuthError(
    'invalid_client_metadata',
    isTooLarge && !hasOwnMessage ? `Client metadata may have ${MAX_BYTES} bytes.` : bodyFault,
    {
      statusCode: isTooLarge ? 413 : 400,
      reason: isTooLarge ? 'metadata_too_large' : 'not_json'
    }
  )
}

/**
 * The registered metadata with its defaults. Members without a value are left out, because null and
 * "" break clients.
 */
function registrationResponse(
  { publicUrl }: FastifyInstance,
  { client, client_secret: secret, registration_access_token: token }: RegisteredClient
): Record<string, unknown> {
  const { client_id: clientId } = client
  const registeredMetadata = Object.entries({
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
    ...Object.fromEntries(registeredMetadata.filter(([, value]) => value !== null && value !== ''))
  }
}
