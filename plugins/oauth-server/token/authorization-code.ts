import {
  countFailedVerification,
  findAuthorizationCode,
  MAX_FAILED_VERIFICATIONS,
  type PresentedCode,
  redeemAuthorizationCode
} from '../../../db/oauth/authorization-codes.ts'
import { revokeGrant } from '../../../db/oauth/grants.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { isCodeVerifier, verifierMatches } from '../authorize/pkce.ts'
import { isSameRedirectUri } from '../authorize/redirect-uri.ts'
import { redeemForTokens } from './redeem-for-tokens.ts'
import {
  type ClientRequest,
  type GrantType,
  prefetch,
  requireThisResource,
  type TokenRequest,
  type TokenResponse,
  useCurrentRow
} from './token-request.ts'

/**
 * A second use within this time is the client's own double post; later it is a replay of a stolen
 * code.
 */
const DOUBLE_POST_SECONDS = 2

/**
 * grant_type=authorization_code (RFC 6749 §4.1.3). Everything is checked before the code is
 * redeemed, so that a wrong client, redirect URI or verifier costs the rightful client nothing.
 * Throws OAuthError.
 */
export const authorizationCodeGrant: GrantType = (app, form) => {
  const presentedCode = form.get('code') ?? ''
  const findCode = prefetch(form, () => findAuthorizationCode(app.db, presentedCode))
  return async (tokenRequest) => {
    if (presentedCode === '') {
      throw new OAuthError('invalid_request', 'code is missing.', { reason: 'code_missing' })
    }
    return useCurrentRow(findCode, (code) => redeemCode(tokenRequest, presentedCode, code))
  }
}

/** The token pair; undefined when another request changed the code since it was looked up. */
async function redeemCode(
  tokenRequest: TokenRequest,
  presentedCode: string,
  code: PresentedCode | undefined
): Promise<TokenResponse | undefined> {
  const { app, client, form, dpop_jkt } = tokenRequest
  if (!code || code.client_id !== client.client_id) {
    throw invalidCode(code ? 'code_of_another_client' : 'code_unknown')
  }
  checkRedirectUri(code, form.get('redirect_uri'))
  if (code.expired || code.failed_verifications >= MAX_FAILED_VERIFICATIONS) {
    throw invalidCode('code_expired')
  }
  if (code.dpop_jkt !== null && code.dpop_jkt !== dpop_jkt) throw invalidCode('dpop_key_differs')
  await checkVerifier(tokenRequest, presentedCode, code)
  requireThisResource(tokenRequest)
  if (code.seconds_since_use !== null) return refuseReplay(tokenRequest, code)
  if (!code.grant_live) throw invalidCode('grant_revoked')
  return redeemForTokens(tokenRequest, 'authorization_code', code, (tokens, auditEntry) =>
    redeemAuthorizationCode(app.db, presentedCode, tokens, auditEntry)
  )
}

function invalidCode(reason: string): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The authorization code is not valid: unknown, expired, used, ' +
      'or made for another client or redirect URI.',
    { reason }
  )
}

/** OAuth 2.1 no longer requires redirect_uri; when it is sent it must be the right one. */
function checkRedirectUri(code: PresentedCode, redirectUri: string | undefined): void {
  if (redirectUri !== undefined && !isSameRedirectUri(redirectUri, code.redirect_uri)) {
    throw invalidCode('redirect_uri_mismatch')
  }
}

/** RFC 7636 §4.6, without a downgrade in either direction (RFC 9700 §2.1.1). */
async function checkVerifier(
  { app, client, form }: ClientRequest,
  presentedCode: string,
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
      throw invalidCode('pkce_required')
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
  await countFailedVerification(app.db, presentedCode)
  throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge.', {
    reason: 'code_verifier_wrong'
  })
}

/**
 * A used code came with everything else right, so two parties have code and verifier: ends the
 * grant of the first use (OAuth 2.1 §7.5.2).
 */
async function refuseReplay(
  { app, request, reply, client }: ClientRequest,
  code: PresentedCode
): Promise<never> {
  // Measured at the arrival of the request: on a busy machine half of a double post may wait here.
  const secondsSinceUse = code.seconds_since_use! - reply.elapsedTime / 1000
  if (
    secondsSinceUse > DOUBLE_POST_SECONDS &&
    (await revokeGrant(app.db, code.grant_id, 'code_replay'))
  ) {
    await request.audit('oauth.code_replay', {
      user_id: code.user_id,
      client_id: client.client_id,
      grant_id: code.grant_id,
      reason: 'code_replay'
    })
  }
  throw invalidCode('code_used')
}
