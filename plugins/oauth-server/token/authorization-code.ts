import {
  countFailedVerification,
  findAuthorizationCode,
  MAX_FAILED_VERIFICATIONS,
  type PresentedCode,
  redeemAuthorizationCode
} from '../../../db/oauth/authorization-codes.ts'
import { revokeGrant } from '../../../db/oauth/grants.ts'
import { groupsOf, narrowScope } from '../../../tools/scopes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { isCodeVerifier, verifierMatches } from '../authorize/pkce.ts'
import { isSameRedirectUri } from '../authorize/redirect-uri.ts'
import {
  type Grant,
  type GrantRequest,
  prefetch,
  useCurrentRow,
  requireThisResource,
  type TokenRequest,
  tokenResponse,
  type TokenResponse
} from './token-request.ts'

/**
 * Within this time a second use is the client's own double post; later it is a replay of a stolen
 * code.
 */
const DOUBLE_POST_SECONDS = 2

/**
 * grant_type=authorization_code (RFC 6749 §4.1.3). Everything is checked before anything is spent,
 * so that a wrong client, redirect URI or verifier costs the rightful one nothing. Throws
 * OAuthError.
 */
export const authorizationCode: Grant = (app, form) => {
  const presented = form.get('code') ?? ''
  const find = prefetch(form, () => findAuthorizationCode(app.db, presented))
  return async (asked) => {
    if (presented === '') {
      throw new OAuthError('invalid_request', 'code is missing.', { reason: 'code_missing' })
    }
    return useCurrentRow(find, (code) => redeemed(asked, presented, code))
  }
}

/** The pair; undefined when the code is no longer what the look at it showed. */
async function redeemed(
  asked: TokenRequest,
  presented: string,
  code: PresentedCode | undefined
): Promise<TokenResponse | undefined> {
  const { app, request, client, form, dpop_jkt } = asked
  if (!code || code.client_id !== client.client_id) {
    throw invalid(code ? 'code_of_another_client' : 'code_unknown')
  }
  checkRedirectUri(code, form.get('redirect_uri'))
  if (code.expired || code.failed_verifications >= MAX_FAILED_VERIFICATIONS) {
    throw invalid('code_expired')
  }
  if (code.dpop_jkt !== null && code.dpop_jkt !== dpop_jkt) throw invalid('dpop_key_differs')
  await checkVerifier(asked, presented, code)
  requireThisResource(asked)
  if (code.seconds_since_use !== null) return refuseReplay(asked, code)
  if (!code.grant_live) throw invalid('grant_revoked')
  const scope = narrowScope(code.scope, client.scope)
  if (groupsOf(scope).size === 0) {
    throw new OAuthError(
      'invalid_scope',
      'The client is no longer registered for anything that was granted.'
    )
  }

  const expiresIn = client.access_token_seconds ?? app.config.ACCESS_TOKEN_SECONDS
  const pair = await redeemAuthorizationCode(
    app.db,
    presented,
    {
      grant_id: code.grant_id,
      client_id: code.client_id,
      user_id: code.user_id,
      scope,
      resource: code.resource,
      expires_in: expiresIn,
      dpop_jkt,
      refresh_days: client.grant_types.includes('refresh_token')
        ? app.config.REFRESH_TOKEN_DAYS
        : null
    },
    request.auditEntry('oauth.token.issued', {
      user_id: code.user_id,
      client_id: client.client_id,
      grant_id: code.grant_id,
      details: { grant_type: 'authorization_code', scope }
    })
  )
  return pair && tokenResponse(pair, { dpop_jkt, expires_in: expiresIn, scope })
}

function invalid(reason: string): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The authorization code is not valid: unknown, expired, used, or made for another client or redirect URI.',
    { reason }
  )
}

/**
 * A redirect_uri that is sent must be the one of the authorization request; OAuth 2.1 no longer
 * asks for it.
 */
function checkRedirectUri(code: PresentedCode, redirectUri: string | undefined): void {
  if (redirectUri !== undefined && !isSameRedirectUri(redirectUri, code.redirect_uri)) {
    throw invalid('redirect_uri_mismatch')
  }
}

/** RFC 7636 §4.6, and no downgrade in either direction (RFC 9700 §2.1.1). */
async function checkVerifier(
  { app, client, form }: GrantRequest,
  presented: string,
  code: PresentedCode
): Promise<void> {
  const verifier = form.get('code_verifier')
  if (code.code_challenge === null) {
    if (verifier !== undefined) {
      throw new OAuthError(
        'invalid_request',
        'code_verifier was sent, but the authorization request had no code_challenge.',
        { reason: 'pkce_downgrade' }
      )
    }
    if (client.token_endpoint_auth_method === 'none' || client.require_pkce) {
      throw invalid('pkce_required')
    }
    return
  }
  if (verifier === undefined) {
    throw new OAuthError('invalid_grant', 'code_verifier is missing.', {
      reason: 'code_verifier_missing'
    })
  }
  if (!isCodeVerifier(verifier)) {
    throw new OAuthError(
      'invalid_request',
      'code_verifier must be 43 to 128 unreserved characters.',
      { reason: 'code_verifier_malformed' }
    )
  }
  if (verifierMatches(verifier, code.code_challenge, code.code_challenge_method)) return
  await countFailedVerification(app.db, presented)
  throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge.', {
    reason: 'code_verifier_wrong'
  })
}

/**
 * The whole request was right, so somebody has both the code and the proof: end what the first use
 * brought (OAuth 2.1 §7.5.2).
 */
async function refuseReplay(
  { app, request, reply, client }: GrantRequest,
  code: PresentedCode
): Promise<never> {
  // Counted from when the request came: one of a double post may have waited here, on a busy
  // machine.
  if (
    code.seconds_since_use! - reply.elapsedTime / 1000 > DOUBLE_POST_SECONDS &&
    (await revokeGrant(app.db, code.grant_id, 'code_replay'))
  ) {
    await request.audit('oauth.code_replay', {
      user_id: code.user_id,
      client_id: client.client_id,
      grant_id: code.grant_id,
      reason: 'code_replay'
    })
  }
  throw invalid('code_used')
}
