import { findIssuedToken } from '../../db/oauth/tokens.ts'
import { narrowScope } from '../../tools/scopes.ts'
import { OAuthError } from '../../lib/errors.ts'
import { clientEndpoint } from './client/endpoint.ts'

/**
 * Introspection (RFC 7662) for clients that can prove themselves, of the tokens that were issued to
 * them. Whatever else is asked about, be it unknown, expired, revoked or another client's, gets
 * `active: false` and nothing more.
 */
export const introspectEndpoint = clientEndpoint(
  'oauth.introspect.refused',
  200,
  () =>
    async ({ app, client, proven, form }) => {
      if (!proven) {
        throw new OAuthError('invalid_client', 'Introspection is for clients that authenticate.', {
          statusCode: 401,
          reason: 'introspection_by_public_client'
        })
      }
      const token = form.get('token')
      if (token === undefined) {
        throw new OAuthError('invalid_request', 'token is missing.', { reason: 'token_missing' })
      }
      const issued = await findIssuedToken(app.db, client.client_id, token)
      if (!issued?.usable) return { active: false }
      return {
        active: true,
        scope: narrowScope(issued.scope, client.scope),
        client_id: client.client_id,
        username: issued.email,
        sub: issued.user_id,
        aud: issued.resource,
        iss: app.publicUrl,
        iat: issued.issued_at,
        exp: issued.expires_at,
        ...(issued.kind === 'access_token' && {
          token_type: issued.dpop_jkt === null ? 'Bearer' : 'DPoP'
        }),
        ...(issued.dpop_jkt !== null && { cnf: { jkt: issued.dpop_jkt } }) // RFC 9449 §6.2
      }
    }
)
