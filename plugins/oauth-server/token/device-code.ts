import {
  countPoll,
  findDeviceCode,
  type PresentedDeviceCode,
  redeemDeviceCode
} from '../../../db/oauth/device-codes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { redeemForTokens } from './redeem-for-tokens.ts'
import {
  type GrantType,
  prefetch,
  requireThisResource,
  type TokenRequest,
  type TokenResponse,
  useCurrentRow
} from './token-request.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * The device grant (RFC 8628 §3.4): the device polls until the person has decided. It must slow
 * down only while there is no decision. Of many polls at the same instant exactly one gets the
 * tokens. Throws OAuthError.
 */
export const deviceCodeGrant: GrantType = (app, form) => {
  const presentedCode = form.get('device_code') ?? ''
  const findCode = prefetch(form, () => findDeviceCode(app.db, presentedCode))
  return async (tokenRequest) => {
    if (presentedCode === '') {
      throw new OAuthError('invalid_request', 'device_code is missing.', {
        reason: 'device_code_missing'
      })
    }
    requireThisResource(tokenRequest)
    return useCurrentRow(findCode, (deviceCode) => redeemCode(tokenRequest, deviceCode))
  }
}

/** The token pair; undefined when another request changed the code since it was looked up. */
async function redeemCode(
  tokenRequest: TokenRequest,
  deviceCode: PresentedDeviceCode | undefined
): Promise<TokenResponse | undefined> {
  const { app, client } = tokenRequest
  if (!deviceCode || deviceCode.client_id !== client.client_id) {
    throw invalidDeviceCode(deviceCode ? 'device_code_of_another_client' : 'device_code_unknown')
  }
  if (deviceCode.used_at) throw invalidDeviceCode('device_code_used')
  if (deviceCode.denied_at) {
    throw new OAuthError('access_denied', 'The person said no.', { reason: 'device_denied' })
  }
  if (deviceCode.expired) {
    throw new OAuthError('expired_token', 'The device code has expired; ask for a new one.', {
      reason: 'device_code_expired'
    })
  }
  const { device_code_hash, grant_id, user_id, grant_scope, resource } = deviceCode
  const { access, namespaces, beyond_namespaces, groups } = deviceCode
  if (grant_id === null || user_id === null || access === null || beyond_namespaces === null) {
    throw pendingError(await countPoll(app.db, device_code_hash))
  }
  if (!deviceCode.grant_live) throw invalidDeviceCode('grant_revoked')
  const limits = { access, namespaces, beyond_namespaces, groups }
  const approvedGrant = { grant_id, user_id, scope: grant_scope ?? '', resource, ...limits }
  return redeemForTokens(tokenRequest, DEVICE_GRANT, approvedGrant, (tokens, auditEntry) =>
    redeemDeviceCode(app.db, device_code_hash, tokens, auditEntry)
  )
}

function pendingError(isOnTime: boolean): OAuthError {
  return isOnTime
    ? new OAuthError('authorization_pending', 'The person has not decided yet.')
    : new OAuthError('slow_down', 'Asked too soon: wait five seconds longer from now on.')
}

function invalidDeviceCode(reason: string): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The device code is not valid: unknown, used before, revoked, or issued to another client.',
    { reason }
  )
}
