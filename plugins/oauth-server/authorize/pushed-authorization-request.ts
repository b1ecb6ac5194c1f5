import type { FastifyInstance } from 'fastify'
import {
  findPushedAuthorizationRequest,
  issuePushedAuthorizationRequest,
  REQUEST_URI_PREFIX,
  REQUEST_URI_SECONDS
} from '../../../db/oauth/pushed-authorization-requests.ts'
import { dpopFaults } from '../../auth/index.ts'
import { OAuthError, PageError } from '../../../lib/errors.ts'
import { Parameters } from '../../form-parameters.ts'
import {
  AuthorizationError,
  type AuthorizationRequest,
  checkAuthorizationRequest
} from './authorization-request.ts'
import { clientEndpoint } from '../client/endpoint.ts'
import type { GrantRequest } from '../token/token-request.ts'
import { provenKey, requireNonce } from '../token/dpop.ts'

const MAX_CHARACTERS = 16_384
const clientCredentials = ['client_secret', 'client_assertion', 'client_assertion_type']

/**
 * Pushed authorization requests (RFC 9126): the checks of the authorization endpoint, answered to
 * the client itself.
 */
export const parEndpoint = clientEndpoint('oauth.par.refused', 201, (app, _, request) => {
  requireNonce(app, request)
  return push
})

async function push(asked: GrantRequest): Promise<{ request_uri: string; expires_in: number }> {
  const { app, client, form } = asked
  if (form.get('request_uri') !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'A pushed request cannot point to another one: leave request_uri out.',
      { reason: 'request_uri_pushed' }
    )
  }
  const pushed = new URLSearchParams(form.toString())
  for (const name of clientCredentials) pushed.delete(name)
  pushed.set('client_id', client.client_id)
  const jkt = await provenKey(asked)
  if (jkt !== null && jkt !== (form.get('dpop_jkt') ?? jkt)) {
    throw new OAuthError('invalid_dpop_proof', dpopFaults.dpop_key_differs, {
      reason: 'dpop_key_differs'
    })
  }
  if (jkt !== null) pushed.set('dpop_jkt', jkt) // RFC 9449 §10.1
  const parameters = pushed.toString()
  if (parameters.length > MAX_CHARACTERS) {
    throw new OAuthError(
      'invalid_request',
      `The request is longer than ${MAX_CHARACTERS} characters.`,
      { statusCode: 413, reason: 'pushed_request_too_long' }
    )
  }
  try {
    await checkAuthorizationRequest(app, new Parameters(parameters))
  } catch (error) {
    if (error instanceof AuthorizationError) throw new OAuthError(error.error, error.message)
    if (error instanceof PageError) {
      throw new OAuthError('invalid_request', error.message, { reason: error.reason })
    }
    throw error
  }
  return {
    request_uri: await issuePushedAuthorizationRequest(app.db, client.client_id, parameters),
    expires_in: REQUEST_URI_SECONDS
  }
}

/**
 * The authorization request of a query: what was pushed, when it names a request_uri of ours
 * (nothing beside client_id is read then, RFC 9126 §4), or what stands in the query itself.
 * `opened`: the page was shown in time, so only the decision can come too late. Throws PageError
 * and AuthorizationError.
 */
export async function readAuthorizationRequest(
  app: FastifyInstance,
  query: string,
  { opened = false } = {}
): Promise<AuthorizationRequest> {
  const parameters = new Parameters(query)
  const requestUri = parameters.get('request_uri')
  if (!requestUri?.startsWith(REQUEST_URI_PREFIX)) return checkAuthorizationRequest(app, parameters)
  const pushed = await findPushedAuthorizationRequest(app.db, requestUri)
  if (
    !pushed ||
    pushed.client_id !== parameters.get('client_id') ||
    parameters.repeated().some((name) => ['client_id', 'request_uri'].includes(name))
  ) {
    throw new UnusableRequestUri(pushed ? 'request_uri_of_another_client' : 'request_uri_unknown')
  }
  if (!pushed.live && !opened) throw new UnusableRequestUri('request_uri_expired')
  return {
    ...(await checkAuthorizationRequest(app, new Parameters(pushed.parameters))),
    requestUri
  }
}

/**
 * invalid_request_uri for the person at the screen: where to send the client's answer is in what
 * cannot be used.
 */
export class UnusableRequestUri extends PageError {
  constructor(reason: string) {
    super(
      400,
      'This request is used up or too old',
      'Each request of an app can be answered once, within ten minutes.',
      { reason, advice: 'Go back to the app and connect again.' }
    )
  }
}
