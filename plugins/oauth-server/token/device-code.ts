import {
  countPoll,
  findDeviceCode,
  type PresentedDeviceCode,
  redeemDeviceCode
} from '../../../db/oauth/device-codes.ts'
import { groupsOf, narrowScope } from '../../../tools/scopes.ts'
import { OAuthError } from '../../../lib/errors.ts'
import {
  type Grant,
  prefetch,
  useCurrentRow,
  requireThisResource,
  type TokenRequest,
  tokenResponse,
  type TokenResponse
} from './token-request.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * The device grant (RFC 8628 §3.4): the device asks until the person has decided. It is told to
 * slow down only while there is nothing to tell it; of many polls at the same instant exactly one
 * gets the tokens. Throws OAuthError.
 */
export const deviceCode: Grant = (app, form) => {
  const presented = form.get('device_code') ?? ''
  const find = prefetch(form, () => findDeviceCode(app.db, presented))
  return async (asked) => {
    if (presented === '') {
      throw new OAuthError('invalid_request', 'device_code is missing.', {
        reason: 'device_code_missing'
      })
    }
    requireThisResource(asked)
    return useCurrentRow(find, (code) => redeemed(asked, code))
  }
}

/** The pair; undefined when the code is no longer what the look at it showed. */
async function redeemed(
  { app, request, client, dpop_jkt }: TokenRequest,
  code: PresentedDeviceCode | undefined
): Promise<TokenResponse | undefined> {
  if (!code || code.client_id !== client.client_id) {
    throw invalid(code ? 'device_code_of_another_client' : 'device_code_unknown')
  }
  if (code.used_at) throw invalid('device_code_used')
  if (code.denied_at) {
    throw new OAuthError('access_denied', 'The person said no.', { reason: 'device_denied' })
  }
  if (code.expired) {
    throw new OAuthError('expired_token', 'The device code has expired; ask for a new one.', {
      reason: 'device_code_expired'
    })
  }
  const { grant_id: grantId, user_id: userId } = code
  if (grantId === null || userId === null) {
    return wait(await countPoll(app.db, code.device_code_hash))
  }
  if (!code.grant_live) throw invalid('grant_revoked')
  const scope = grantedScope(code, client.scope)

  const expiresIn = client.access_token_seconds ?? app.config.ACCESS_TOKEN_SECONDS
  const pair = await redeemDeviceCode(
    app.db,
    code.device_code_hash,
    {
      grant_id: grantId,
      client_id: code.client_id,
      user_id: userId,
      scope,
      resource: code.resource,
      expires_in: expiresIn,
      dpop_jkt,
      refresh_days: client.grant_types.includes('refresh_token')
        ? app.config.REFRESH_TOKEN_DAYS
        : null
    },
    request.auditEntry('oauth.token.issued', {
      user_id: userId,
      client_id: client.client_id,
      grant_id: grantId,
      details: { grant_type: DEVICE_GRANT, scope }
    })
  )
  return pair && tokenResponse(pair, { dpop_jkt, expires_in: expiresIn, scope })
}

function wait(inTime: boolean): never {
  if (inTime) throw new OAuthError('authorization_pending', 'The person has not decided yet.')
  throw new OAuthError('slow_down', 'Asked too soon: wait five seconds longer from now on.')
}

function grantedScope(code: PresentedDeviceCode, clientScope: string): string {
  const scope = narrowScope(code.grant_scope ?? '', clientScope)
  if (groupsOf(scope).size === 0) {
    throw new OAuthError(
      'invalid_scope',
      'The client is no longer registered for anything that was granted.'
    )
  }
  return scope
}

function invalid(reason: string): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The device code is not valid: unknown, used before, revoked, or issued to another client.',
    { reason }
  )
}
