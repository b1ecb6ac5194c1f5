import {
  issuePushedAuthorizationRequest,
  REQUEST_URI_SECONDS
} from '../../../db/oauth/pushed-authorization-requests.ts'
import { OAuthError, PageError } from '../../../lib/errors.ts'
import { dpopFaults } from '../../auth/index.ts'
import { Parameters } from '../../form-parameters.ts'
import { clientEndpoint } from '../client/endpoint.ts'
import { dpopThumbprint, requireDpopNonce } from '../token/dpop.ts'
import type { ClientRequest } from '../token/token-request.ts'
import { AuthorizationError } from './authorization-error.ts'
import { checkAuthorizationRequest } from './authorization-request.ts'

const MAX_CHARACTERS = 16_384
const credentialNames = ['client_secret', 'client_assertion', 'client_assertion_type']

/**
 * Pushed authorization requests (RFC 9126): the checks of the authorization endpoint, answered to
 * the client itself.
 */
export const parEndpoint = clientEndpoint('oauth.par.refused', 201, (app, _, request) => {
  requireDpopNonce(app, request)
  return pushRequest
})

async function pushRequest(
  clientRequest: ClientRequest
): Promise<{ request_uri: string; expires_in: number }> {
  const { app, client, form } = clientRequest
  if (form.get('request_uri') !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'A pushed request cannot point to another one: leave request_uri out.',
      { reason: 'request_uri_pushed' }
    )
  }
  const parameters = await pushedParameters(clientRequest)
  if (parameters.length > MAX_CHARACTERS) {
    throw new OAuthError(
      'invalid_request',
      `The request is longer than ${MAX_CHARACTERS} characters.`,
      { statusCode: 413, reason: 'pushed_request_too_long' }
    )
  }
  checkPushedRequest(clientRequest, parameters)
  return {
    request_uri: await issuePushedAuthorizationRequest(app.db, client.client_id, parameters),
    expires_in: REQUEST_URI_SECONDS
  }
}

/**
 * The form without credentials, and with the client that authenticated. A DPoP proof binds the
 * code to its key, as dpop_jkt does (RFC 9449 §10.1). Throws OAuthError.
 */
async function pushedParameters(clientRequest: ClientRequest): Promise<string> {
  const { client, form } = clientRequest
  const parameters = new URLSearchParams(form.toString())
  for (const name of credentialNames) parameters.delete(name)
  parameters.set('client_id', client.client_id)
  const thumbprint = await dpopThumbprint(clientRequest)
  if (thumbprint === null) return parameters.toString()
  if (thumbprint !== (form.get('dpop_jkt') ?? thumbprint)) {
    throw new OAuthError('invalid_dpop_proof', dpopFaults.dpop_key_differs, {
      reason: 'dpop_key_differs'
    })
  }
  parameters.set('dpop_jkt', thumbprint)
  return parameters.toString()
}

/** The checks of the authorization endpoint, with errors for the client. Throws OAuthError. */
function checkPushedRequest({ app, client }: ClientRequest, parameters: string): void {
  try {
    checkAuthorizationRequest(app, new Parameters(parameters), client)
  } catch (error) {
    if (error instanceof AuthorizationError) throw new OAuthError(error.error, error.message)
    if (error instanceof PageError) {
      throw new OAuthError('invalid_request', error.message, { reason: error.reason })
    }
    throw error
  }
}
