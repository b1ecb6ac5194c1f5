import { revokeGrant } from '../../../db/oauth/grants.ts'
import {
  findRefreshToken,
  findSuccessor,
  type PresentedRefreshToken,
  replaceSuccessor,
  rotateRefreshToken
} from '../../../db/oauth/refresh-tokens.ts'
import { newTokenPair, type TokenPair } from '../../../db/oauth/token-pair.ts'
import { commonGroups, limitScope, narrowScope, permissionsOf } from '../../../tools/scopes.ts'
import { endedConnectionText } from '../../auth/ended-connection.ts'
import { OAuthError, TooManyRequestsError } from '../../../lib/errors.ts'
import { openSuccessor, sealSuccessor } from './successor-seal.ts'
import {
  type ClientRequest,
  type GrantType,
  prefetch,
  requireThisResource,
  type TokenRequest,
  tokenResponse,
  type TokenResponse,
  useCurrentRow
} from './token-request.ts'

/** Rotations that are followed from an old token to the newest; each is a look-up. */
const MAX_GENERATIONS = 100

/**
 * grant_type=refresh_token (RFC 6749 §6), with rotation (OAuth 2.1 §4.3.1). A retry, a race or a
 * lost response within the window gets the same successor pair; a reuse after it ends the grant.
 * Throws OAuthError.
 */
export const refreshTokenGrant: GrantType = (app, form) => {
  const presentedToken = form.get('refresh_token') ?? ''
  const findRow = prefetch(form, () => findRefreshToken(app.db, presentedToken))
  return async (tokenRequest) => {
    if (presentedToken === '') {
      throw new OAuthError('invalid_request', 'refresh_token is missing.', {
        reason: 'refresh_token_missing'
      })
    }
    requireThisResource(tokenRequest)
    return useCurrentRow(findRow, (row) => refreshGrant(tokenRequest, presentedToken, row))
  }
}

/** The next pair; undefined when another request changed the token since it was looked up. */
async function refreshGrant(
  tokenRequest: TokenRequest,
  refreshToken: string,
  row: PresentedRefreshToken | undefined
): Promise<TokenResponse | undefined> {
  const { client, form } = tokenRequest
  if (!row || row.client_id !== client.client_id) {
    throw invalidToken(row ? 'refresh_token_of_another_client' : 'refresh_token_unknown')
  }
  requireSameKey(tokenRequest, row)
  if (!row.grant_live) throw invalidToken('grant_revoked', endedConnectionText(row))
  if (row.refresh_expired) throw invalidToken('refresh_token_expired')
  const scope = refreshedScope(row, client.scope, form.get('scope'))
  if (row.seconds_since_rotation !== null) {
    return answerRotatedToken(tokenRequest, row, refreshToken, scope)
  }
  const pair = await rotateToken(tokenRequest, row, refreshToken, scope)
  return pair && refreshResponse(tokenRequest, row, pair, scope)
}

/** The response names the scope that counts within the limits that the person set. */
function refreshResponse(
  { dpop_jkt }: TokenRequest,
  row: PresentedRefreshToken,
  pair: TokenPair,
  scope: string
): TokenResponse {
  const limitedScope = limitScope(scope, row)
  return tokenResponse(pair, { dpop_jkt, expires_in: row.expires_in, scope: limitedScope })
}

/**
 * A bound token stays bound to a key. A client that proved itself may take a new key; for any other
 * a refresh token counts only with the key it was issued for (RFC 9449 §5).
 */
function requireSameKey({ dpop_jkt, proven }: TokenRequest, row: PresentedRefreshToken): void {
  if (row.dpop_jkt === null) return
  const isWrongKey = proven ? dpop_jkt === null : dpop_jkt !== row.dpop_jkt
  if (isWrongKey) throw invalidToken('dpop_key_differs')
}

async function rotateToken(
  tokenRequest: TokenRequest,
  row: PresentedRefreshToken,
  refreshToken: string,
  scope: string
): Promise<TokenPair | undefined> {
  const { app, request } = tokenRequest
  const successor = newSuccessor(tokenRequest, row, refreshToken, scope)
  const isRotated = await rotateRefreshToken(app.db, row.token_id, successor.tokens, {
    pair: successor.pair,
    sealed: successor.sealed,
    entry: request.auditEntry('oauth.token.refreshed', refreshedEntry(row, scope))
  })
  return isRotated ? successor.pair : undefined
}

/** A new pair, sealed for retries with the old token where the retry window allows any. */
function newSuccessor(
  { app, form, dpop_jkt }: TokenRequest,
  row: PresentedRefreshToken,
  oldToken: string,
  scope: string
) {
  const { REFRESH_TOKEN_DAYS: refreshDays, REFRESH_RETRY_SECONDS: retrySeconds } = app.config
  const pair = newTokenPair(refreshDays)
  const sealed =
    retrySeconds > 0 ? sealSuccessor(oldToken, { pair, asked: form.get('scope') }) : null
  return { pair, sealed, tokens: { ...row, scope, refresh_days: refreshDays, dpop_jkt } }
}

/**
 * The pair that the token was rotated to. If that was rotated too, the newest pair: a client may
 * come back with a token several generations old.
 */
async function answerRotatedToken(
  tokenRequest: TokenRequest,
  row: PresentedRefreshToken,
  refreshToken: string,
  scope: string
): Promise<TokenResponse | undefined> {
  const { app, form } = tokenRequest
  if (row.seconds_since_rotation! > app.config.REFRESH_RETRY_SECONDS) {
    return replaceUnusedSuccessor(tokenRequest, row, refreshToken, scope)
  }
  let sealedNext = row.successor_sealed
  let openingToken = refreshToken
  for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
    if (sealedNext === null) return refuseReuse(tokenRequest, row)
    const sealedSuccessor = openSuccessor(openingToken, sealedNext)
    if (sealedSuccessor.asked !== form.get('scope')) {
      throw new OAuthError(
        'invalid_scope',
        'A retry must ask for the same scope as the request it repeats.',
        { reason: 'retry_scope_differs' }
      )
    }
    openingToken = sealedSuccessor.pair.refresh_token!
    const successor = await findRefreshToken(app.db, openingToken)
    if (!successor) return refuseReuse(tokenRequest, row)
    sealedNext = successor.successor_sealed
    if (sealedNext !== null) continue
    if (successor.dpop_jkt !== tokenRequest.dpop_jkt) {
      return retryWithOtherKey(tokenRequest, row, openingToken, successor)
    }
    return repeatPair(tokenRequest, row, sealedSuccessor.pair, successor, scope)
  }
  throw new TooManyRequestsError(
    `This refresh token was followed by more than ${MAX_GENERATIONS} others; use the newest.`,
    60
  )
}

async function repeatPair(
  { request }: TokenRequest,
  row: PresentedRefreshToken,
  pair: TokenPair,
  { dpop_jkt, seconds_left }: PresentedRefreshToken,
  scope: string
): Promise<TokenResponse> {
  await request.audit('oauth.token.refreshed', refreshedEntry(row, scope))
  return tokenResponse(pair, { dpop_jkt, expires_in: seconds_left, scope: limitScope(scope, row) })
}

/**
 * The token was rotated before the retry window. If the successor was never used, its response was
 * lost: another pair replaces it. If it was used, one of the two users stole the token. undefined
 * when another request replaced it at this instant.
 */
async function replaceUnusedSuccessor(
  tokenRequest: TokenRequest,
  row: PresentedRefreshToken,
  refreshToken: string,
  scope: string
): Promise<TokenResponse | undefined> {
  const { app, request } = tokenRequest
  const unused =
    row.successor_hash === null ? undefined : await findSuccessor(app.db, row.successor_hash)
  if (!unused?.unused || isKeyLost(tokenRequest, unused)) {
    // A request beside this one retires the successor when it replaces it: that is no reuse.
    const currentRow = await findRefreshToken(app.db, refreshToken)
    if (currentRow && currentRow.successor_hash !== row.successor_hash) return undefined
    return refuseReuse(tokenRequest, row)
  }
  const { pair, sealed, tokens } = newSuccessor(tokenRequest, row, refreshToken, scope)
  const details = { scope, replaced_unused: true }
  const entry = request.auditEntry('oauth.token.refreshed', {
    ...refreshedEntry(row, scope),
    details
  })
  if (!(await replaceSuccessor(app.db, tokens, { pair, sealed, entry }))) return undefined
  return refreshResponse(tokenRequest, row, pair, scope)
}

/** Whether the unused pair is bound to a key that this client, which proves nothing else, lacks. */
function isKeyLost(
  { proven, dpop_jkt }: TokenRequest,
  successor: { dpop_jkt: string | null }
): boolean {
  return !proven && successor.dpop_jkt !== null && successor.dpop_jkt !== dpop_jkt
}

/**
 * A retry with a different key cannot use the pair that it would get. A client that may change its
 * key gets the next pair. For a public client whose bearer token was bound meanwhile, the retry is
 * theft: one of the two parties stole the token.
 */
function retryWithOtherKey(
  tokenRequest: TokenRequest,
  row: PresentedRefreshToken,
  newestToken: string,
  successor: PresentedRefreshToken
): Promise<TokenResponse | undefined> {
  const isStolen = !tokenRequest.proven && row.dpop_jkt === null && successor.dpop_jkt !== null
  return isStolen
    ? refuseReuse(tokenRequest, row)
    : refreshGrant(tokenRequest, newestToken, successor)
}

function refreshedEntry({ user_id, client_id, grant_id }: PresentedRefreshToken, scope: string) {
  return { user_id, client_id, grant_id, details: { scope } }
}

/** A stolen token was used after its successor: ends the grant (RFC 9700 §4.14.2). */
async function refuseReuse(
  { app, request, client }: ClientRequest,
  { grant_id, user_id }: PresentedRefreshToken
): Promise<never> {
  if (await revokeGrant(app.db, grant_id, 'refresh_token_reuse')) {
    await request.audit('oauth.refresh_token_reuse', {
      user_id,
      client_id: client.client_id,
      grant_id,
      reason: 'refresh_token_reuse'
    })
  }
  const ending = { ended_at: new Date(), ended_reason: 'refresh_token_reuse' }
  throw invalidToken('refresh_token_reuse', endedConnectionText(ending))
}

/**
 * The granted scope, narrowed to the requested one and to what the client may have now. More than
 * was granted is refused (RFC 6749 §6).
 */
function refreshedScope(
  { grant_scope }: PresentedRefreshToken,
  clientScope: string,
  requestedScope: string | undefined
): string {
  const requested = permissionsOf(requestedScope ?? grant_scope)
  if (commonGroups(requested, permissionsOf(grant_scope)).size !== requested.size) {
    throw new OAuthError(
      'invalid_scope',
      'A refresh cannot ask for more than was granted; ' +
        'send the person through the authorization endpoint again.'
    )
  }
  const narrowedScope =
    requestedScope === undefined ? grant_scope : narrowScope(requestedScope, grant_scope)
  const scope = narrowScope(narrowedScope, clientScope)
  if (permissionsOf(scope).size > 0) return scope
  throw new OAuthError('invalid_scope', 'Nothing of the granted scope is left for this client.')
}

const NOT_VALID =
  'The refresh token is not valid: unknown, expired, revoked, used before, ' +
  'or issued to another client.'

function invalidToken(reason: string, description = NOT_VALID): OAuthError {
  return new OAuthError('invalid_grant', description, { reason })
}
