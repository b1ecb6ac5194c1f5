import { revokeGrant } from '../../db/oauth/grants.ts'
import { findIssuedToken } from '../../db/oauth/tokens.ts'
import { OAuthError } from '../../lib/errors.ts'
import { clientEndpoint } from './client/endpoint.ts'

/**
 * Revocation (RFC 7009): an access or a refresh token of the client's own ends the whole grant,
 * with every token of it. What is unknown or another client's gets the same 200 without effect;
 * token_type_hint is not needed and not read.
 */
export const revokeEndpoint = clientEndpoint(
  'oauth.revoke.refused',
  200,
  () =>
    async ({ app, request, client, form }) => {
      const token = form.get('token')
      if (token === undefined) {
        throw new OAuthError('invalid_request', 'token is missing.', { reason: 'token_missing' })
      }
      const issued = await findIssuedToken(app.db, client.client_id, token)
      const ended = issued && (await revokeGrant(app.db, issued.grant_id, 'revoked_by_client'))
      if (ended) {
        await request.audit('oauth.grant.revoked', { ...ended, reason: 'revoked_by_client' })
      }
      return ''
    }
)
