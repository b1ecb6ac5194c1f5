import { touchClient } from '../../../db/oauth/clients.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientEndpoint } from '../client/endpoint.ts'
import { DEVICE_GRANT, deviceCode } from './device-code.ts'
import { provenKey, requireNonce } from './dpop.ts'
import { refreshToken } from './refresh-token.ts'

/** Each begins with a look at what is presented, and goes on when the client is proven. */
const grants = new Map([
  ['authorization_code', authorizationCode],
  ['refresh_token', refreshToken],
  [DEVICE_GRANT, deviceCode]
])

/** The token endpoint: the client is proven, then the grant. RFC 6749 §3.2. */
export const tokenEndpoint = clientEndpoint('oauth.token.refused', 200, (app, form, request) => {
  requireNonce(app, request)
  const type = form.get('grant_type')
  const grant = grants.get(type ?? '')?.(app, form)
  return async (asked) => {
    if (type === undefined) {
      throw new OAuthError('invalid_request', 'grant_type is missing.', {
        reason: 'grant_type_missing'
      })
    }
    if (!grant) {
      throw new OAuthError(
        'unsupported_grant_type',
        `grant_type can be: ${[...grants.keys()].join(', ')}.`
      )
    }
    if (!asked.client.grant_types.includes(type)) {
      throw new OAuthError('unauthorized_client', `This client is not registered for ${type}.`)
    }
    const jkt = await provenKey(asked)
    if (jkt === null && asked.client.dpop_bound_access_tokens) {
      throw new OAuthError(
        'invalid_request',
        'This client is registered for tokens that are bound to a key: send a DPoP proof.',
        { reason: 'dpop_proof_missing' }
      )
    }
    const answer = await grant({ ...asked, dpop_jkt: jkt })
    // Only now: naming a client_id, or proving a client that nobody lets in, is no use of it.
    if (Date.now() - (asked.client.last_used_at?.getTime() ?? 0) > 60_000) {
      await touchClient(app.db, asked.client.client_id)
    }
    return answer
  }
})
