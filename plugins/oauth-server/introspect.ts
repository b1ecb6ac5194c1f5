import type { FastifyInstance } from 'fastify'
import type { Client } from '../../db/oauth/clients.ts'
import { findIssuedToken } from '../../db/oauth/tokens.ts'
import { limitScope, narrowScope } from '../../tools/scopes.ts'
import { OAuthError } from '../../lib/errors.ts'
import { clientEndpoint } from './client/endpoint.ts'
import { requirePresentedToken } from './presented-token.ts'

type IssuedToken = NonNullable<Awaited<ReturnType<typeof findIssuedToken>>>

/**
 * Introspection (RFC 7662) for clients that authenticate, about tokens issued to them. Unknown,
 * expired and revoked tokens, and those of other clients, get `active: false` and nothing more.
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
      const presentedToken = requirePresentedToken(form)
      const issuedToken = await findIssuedToken(app.db, client.client_id, presentedToken)
      return issuedToken?.usable ? describeToken(app, client, issuedToken) : { active: false }
    }
)

function describeToken({ publicUrl }: FastifyInstance, client: Client, token: IssuedToken) {
  return {
    active: true,
    scope: limitScope(narrowScope(token.scope, client.scope), token),
    client_id: client.client_id,
    username: token.email,
    sub: token.user_id,
    aud: token.resource,
    iss: publicUrl,
    iat: token.issued_at,
    exp: token.expires_at,
    ...(token.kind === 'access_token' && {
      token_type: token.dpop_jkt === null ? 'Bearer' : 'DPoP'
    }),
    ...(token.dpop_jkt !== null && { cnf: { jkt: token.dpop_jkt } }) // RFC 9449 §6.2
  }
}
