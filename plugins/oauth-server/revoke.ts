import { revokeGrant } from '../../db/oauth/grants.ts'
import { findIssuedToken } from '../../db/oauth/tokens.ts'
import { clientEndpoint } from './client/endpoint.ts'
import { requirePresentedToken } from './presented-token.ts'

/**
 * Revocation (RFC 7009): an access or refresh token of the client ends its whole grant, with every
 * token of it. Unknown tokens and those of other clients get the same 200 without effect.
 * token_type_hint is not needed and not read.
 */
export const revokeEndpoint = clientEndpoint(
  'oauth.revoke.refused',
  200,
  () =>
    async ({ app, request, client, form }) => {
      const presentedToken = requirePresentedToken(form)
      const issuedToken = await findIssuedToken(app.db, client.client_id, presentedToken)
      const endedGrant =
        issuedToken && (await revokeGrant(app.db, issuedToken.grant_id, 'revoked_by_client'))
      if (endedGrant) {
        await request.audit('oauth.grant.revoked', { ...endedGrant, reason: 'revoked_by_client' })
      }
      return ''
    }
)
