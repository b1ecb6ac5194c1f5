import { type Client, touchClient } from '../../../db/oauth/clients.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { clientEndpoint } from '../client/endpoint.ts'
import { authorizationCodeGrant } from './authorization-code.ts'
import { DEVICE_GRANT, deviceCodeGrant } from './device-code.ts'
import { dpopThumbprint, requireDpopNonce } from './dpop.ts'
import { refreshTokenGrant } from './refresh-token.ts'
import type { ClientRequest, GrantType } from './token-request.ts'

const TOUCH_INTERVAL_MS = 60_000

const grantTypes = new Map<string, GrantType>([
  ['authorization_code', authorizationCodeGrant],
  ['refresh_token', refreshTokenGrant],
  [DEVICE_GRANT, deviceCodeGrant]
])

/** The token endpoint: proves the client, then the grant. RFC 6749 §3.2. */
export const tokenEndpoint = clientEndpoint('oauth.token.refused', 200, (app, form, request) => {
  requireDpopNonce(app, request)
  const grantType = form.get('grant_type')
  const answerGrant = grantTypes.get(grantType ?? '')?.(app, form)
  return async (clientRequest) => {
    const { client } = clientRequest
    if (grantType === undefined) {
      throw new OAuthError('invalid_request', 'grant_type is missing.', {
        reason: 'grant_type_missing'
      })
    }
    if (!answerGrant) {
      throw new OAuthError(
        'unsupported_grant_type',
        `grant_type can be: ${[...grantTypes.keys()].join(', ')}.`
      )
    }
    if (!client.grant_types.includes(grantType)) {
      throw new OAuthError('unauthorized_client', `This client is not registered for ${grantType}.`)
    }
    const thumbprint = await requireBoundKey(clientRequest)
    const tokenResponse = await answerGrant({ ...clientRequest, dpop_jkt: thumbprint })
    // Only after a grant: failed attempts must not keep an unused client alive.
    if (isTouchDue(client)) await touchClient(app.db, client.client_id)
    return tokenResponse
  }
})

/**
 * Thumbprint of the key that the tokens are bound to; null for bearer tokens. Throws OAuthError
 * when the client is registered for bound tokens and sends no proof.
 */
async function requireBoundKey(clientRequest: ClientRequest): Promise<string | null> {
  const thumbprint = await dpopThumbprint(clientRequest)
  if (thumbprint === null && clientRequest.client.dpop_bound_access_tokens) {
    throw new OAuthError(
      'invalid_request',
      'This client is registered for tokens that are bound to a key: send a DPoP proof.',
      { reason: 'dpop_proof_missing' }
    )
  }
  return thumbprint
}

function isTouchDue({ last_used_at }: Client): boolean {
  return Date.now() - (last_used_at?.getTime() ?? 0) > TOUCH_INTERVAL_MS
}
