import type { NewAuditLog } from '../../../db/connection/audit-entry.ts'
import type { NewTokens, TokenPair } from '../../../db/oauth/token-pair.ts'
import { OAuthError } from '../../../lib/errors.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import { limitScope, narrowScope, permissionsOf } from '../../../tools/scopes.ts'
import { type TokenRequest, tokenResponse, type TokenResponse } from './token-request.ts'

/** What a person approved, and the grant that holds it. */
type ApprovedGrant = Pick<NewTokens, 'grant_id' | 'user_id' | 'scope' | 'resource'> & AccessLimits

/**
 * Redeems an approved code for a token pair, and notes that in the audit log by the same statement.
 * undefined when another request redeemed or changed the code meanwhile. Throws OAuthError when the
 * client is no longer registered for anything in the grant.
 */
export async function redeemForTokens(
  { app, request, client, dpop_jkt }: TokenRequest,
  grantType: string,
  approvedGrant: ApprovedGrant,
  redeemCode: (tokens: NewTokens, auditEntry: NewAuditLog) => Promise<TokenPair | undefined>
): Promise<TokenResponse | undefined> {
  const scope = requireGrantableScope(approvedGrant.scope, client.scope)
  const { grant_id, user_id, resource } = approvedGrant
  const expiresIn = client.access_token_seconds ?? app.config.ACCESS_TOKEN_SECONDS
  const mayRefresh = client.grant_types.includes('refresh_token')
  const tokens: NewTokens = {
    grant_id,
    client_id: client.client_id,
    user_id,
    scope,
    resource,
    expires_in: expiresIn,
    dpop_jkt,
    refresh_days: mayRefresh ? app.config.REFRESH_TOKEN_DAYS : null
  }
  const auditEntry = request.auditEntry('oauth.token.issued', {
    user_id,
    client_id: client.client_id,
    grant_id,
    details: { grant_type: grantType, scope }
  })
  const pair = await redeemCode(tokens, auditEntry)
  // The token keeps the whole scope, because the person may widen the limits later.
  const limitedScope = limitScope(scope, approvedGrant)
  return pair && tokenResponse(pair, { dpop_jkt, expires_in: expiresIn, scope: limitedScope })
}

function requireGrantableScope(grantedScope: string, clientScope: string): string {
  const scope = narrowScope(grantedScope, clientScope)
  if (permissionsOf(scope).size > 0) return scope
  throw new OAuthError(
    'invalid_scope',
    'The client is no longer registered for anything that was granted.'
  )
}
