import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject
} from 'node:crypto'
import { revokeGrant } from '../../../db/oauth/grants.ts'
import {
  findRefreshToken,
  findSuccessor,
  type PresentedRefreshToken,
  replaceSuccessor,
  rotateRefreshToken
} from '../../../db/oauth/refresh-tokens.ts'
import { randomFromStock } from '../../../lib/secrets.ts'
import { newTokenPair, type TokenPair } from '../../../db/oauth/token-pair.ts'
import { groupsOf, intersection, narrowScope } from '../../../tools/scopes.ts'
import { endedWords } from '../../auth/ended-connection.ts'
import { OAuthError, TooManyRequestsError } from '../../../lib/errors.ts'
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

/** Rotations that are followed from an old token to the newest; each is a look-up. */
const MAX_GENERATIONS = 100

/**
 * grant_type=refresh_token (RFC 6749 §6), with rotation (OAuth 2.1 §4.3.1). A retry, a race or a
 * lost response within the window gets the same successor pair; a reuse after it ends the grant.
 * Throws OAuthError.
 */
export const refreshToken: Grant = (app, form) => {
  const token = form.get('refresh_token') ?? ''
  const find = prefetch(form, () => findRefreshToken(app.db, token))
  return async (asked) => {
    if (token === '') {
      throw new OAuthError('invalid_request', 'refresh_token is missing.', {
        reason: 'refresh_token_missing'
      })
    }
    requireThisResource(asked)
    return useCurrentRow(find, (row) => refreshed(asked, token, row))
  }
}

async function refreshed(
  asked: TokenRequest,
  token: string,
  row: PresentedRefreshToken | undefined
): Promise<TokenResponse | undefined> {
  const { client, form } = asked
  if (!row || row.client_id !== client.client_id) {
    throw invalid(row ? 'refresh_token_of_another_client' : 'refresh_token_unknown')
  }
  requireSameKey(asked, row)
  if (!row.grant_live) throw invalid('grant_revoked', endedWords(row))
  if (row.refresh_expired) throw invalid('refresh_token_expired')
  const scope = requestedScope(row, client.scope, form.get('scope'))
  if (row.seconds_since_rotation !== null) return successorOf(asked, row, token, scope)
  const pair = await rotated(asked, row, token, scope)
  return (
    pair && tokenResponse(pair, { dpop_jkt: asked.dpop_jkt, expires_in: row.expires_in, scope })
  )
}

/**
 * What is bound to a key stays bound to one. A client that proved itself may take a new key; of any
 * other a refresh token is worth nothing without the key it was given to (RFC 9449 §5).
 */
function requireSameKey({ dpop_jkt: jkt, proven }: TokenRequest, row: PresentedRefreshToken): void {
  if (row.dpop_jkt !== null && (proven ? jkt === null : jkt !== row.dpop_jkt)) {
    throw invalid('dpop_key_differs')
  }
}

/** The next pair; undefined when the token is no longer what the look at it showed. */
async function rotated(
  asked: TokenRequest,
  row: PresentedRefreshToken,
  token: string,
  scope: string
): Promise<TokenPair | undefined> {
  const { app, form, dpop_jkt } = asked
  const { REFRESH_TOKEN_DAYS: days, REFRESH_RETRY_SECONDS: window } = app.config
  const pair = newTokenPair(days)
  const sealed =
    window > 0 ? sealFor(token, JSON.stringify({ pair, asked: form.get('scope') })) : null
  const next = { ...row, scope, refresh_days: days, dpop_jkt }
  return (await rotateRefreshToken(app.db, row.token_id, next, {
    pair,
    sealed,
    entry: asked.request.auditEntry('oauth.token.refreshed', rotation(row, scope))
  }))
    ? pair
    : undefined
}

/**
 * The pair that the token was rotated to; when that was rotated too, the newest (a client may come
 * back with a token several generations old).
 */
async function successorOf(
  asked: TokenRequest,
  row: PresentedRefreshToken,
  token: string,
  scope: string
): Promise<TokenResponse | undefined> {
  const { app, request, form } = asked
  if (row.seconds_since_rotation! > app.config.REFRESH_RETRY_SECONDS) {
    return anotherSuccessor(asked, row, token, scope)
  }
  let next = row.successor_sealed
  for (let [generation, secret] = [0, token]; generation < MAX_GENERATIONS; generation++) {
    if (next === null) return refuseReuse(asked, row)
    const sealed = JSON.parse(openWith(secret, next)) as { pair: TokenPair; asked?: string }
    if (sealed.asked !== form.get('scope')) {
      throw new OAuthError(
        'invalid_scope',
        'A retry must ask for the same scope as the request it repeats.',
        { reason: 'retry_scope_differs' }
      )
    }
    secret = sealed.pair.refresh_token!
    const successor = await findRefreshToken(app.db, secret)
    if (!successor) return refuseReuse(asked, row)
    next = successor.successor_sealed
    if (next !== null) continue
    if (successor.dpop_jkt !== asked.dpop_jkt) return otherKey(asked, row, secret, successor)
    await request.audit('oauth.token.refreshed', rotation(row, scope))
    return tokenResponse(sealed.pair, {
      dpop_jkt: successor.dpop_jkt,
      expires_in: successor.seconds_left,
      scope
    })
  }
  throw new TooManyRequestsError(
    `This refresh token was followed by more than ${MAX_GENERATIONS} others; use the newest.`,
    60
  )
}

/**
 * The token was used long ago. Where the answer to that was lost, nobody has the pair that was made
 * then: another one takes its place. Where anybody used it, one of the two has stolen the token.
 * undefined when somebody else did the same at this instant.
 */
async function anotherSuccessor(
  asked: TokenRequest,
  row: PresentedRefreshToken,
  token: string,
  scope: string
): Promise<TokenResponse | undefined> {
  const { app, request, form, dpop_jkt } = asked
  const successor =
    row.successor_hash === null ? undefined : await findSuccessor(app.db, row.successor_hash)
  if (!successor?.unused || isKeyLost(asked, successor)) return refuseReuse(asked, row)
  const { REFRESH_TOKEN_DAYS: days, REFRESH_RETRY_SECONDS: window } = app.config
  const pair = newTokenPair(days)
  const sealed =
    window > 0 ? sealFor(token, JSON.stringify({ pair, asked: form.get('scope') })) : null
  const details = { scope, replaced_unused: true }
  const entry = request.auditEntry('oauth.token.refreshed', { ...rotation(row, scope), details })
  const next = { ...row, scope, refresh_days: days, dpop_jkt }
  if (!(await replaceSuccessor(app.db, next, { pair, sealed, entry }))) return undefined
  return tokenResponse(pair, { dpop_jkt, expires_in: row.expires_in, scope })
}

/** Whether the unused pair belongs to a key that this client, which proves nothing else, lacks. */
function isKeyLost(
  { proven, dpop_jkt: jkt }: TokenRequest,
  pair: { dpop_jkt: string | null }
): boolean {
  return !proven && pair.dpop_jkt !== null && pair.dpop_jkt !== jkt
}

/**
 * A retry with another key than that of the pair it would get, of no use to it: the pair that
 * follows, for who may have another key. Where a bearer token of a client that proves nothing was
 * bound to a key, and somebody comes without that key, one of the two has stolen it.
 */
function otherKey(
  asked: TokenRequest,
  row: PresentedRefreshToken,
  newest: string,
  successor: PresentedRefreshToken
): Promise<TokenResponse | undefined> {
  const stolen = !asked.proven && row.dpop_jkt === null && successor.dpop_jkt !== null
  return stolen ? refuseReuse(asked, row) : refreshed(asked, newest, successor)
}

function rotation({ user_id, client_id, grant_id }: PresentedRefreshToken, scope: string) {
  return { user_id, client_id, grant_id, details: { scope } }
}

/** A stolen token was used after its successor: the grant must end (RFC 9700 §4.14.2). */
async function refuseReuse(
  { app, request, client }: GrantRequest,
  { grant_id: grantId, user_id: userId }: PresentedRefreshToken
): Promise<never> {
  if (await revokeGrant(app.db, grantId, 'refresh_token_reuse')) {
    await request.audit('oauth.refresh_token_reuse', {
      user_id: userId,
      client_id: client.client_id,
      grant_id: grantId,
      reason: 'refresh_token_reuse'
    })
  }
  const ended = { ended_at: new Date(), ended_reason: 'refresh_token_reuse' }
  throw invalid('refresh_token_reuse', endedWords(ended))
}

/**
 * What was granted, narrowed to what was asked for and to what the client may have now. More than
 * was granted is refused (RFC 6749 §6).
 */
function requestedScope(
  row: PresentedRefreshToken,
  clientScope: string,
  asked: string | undefined
): string {
  const granted = groupsOf(row.grant_scope)
  if (asked !== undefined && intersection(groupsOf(asked), granted).size !== groupsOf(asked).size) {
    throw new OAuthError(
      'invalid_scope',
      'A refresh cannot ask for more than was granted; send the person through the authorization endpoint again.'
    )
  }
  const scope = narrowScope(
    asked === undefined ? row.grant_scope : narrowScope(asked, row.grant_scope),
    clientScope
  )
  if (groupsOf(scope).size === 0) {
    throw new OAuthError('invalid_scope', 'Nothing of the granted scope is left for this client.')
  }
  return scope
}

const NOT_VALID =
  'The refresh token is not valid: unknown, expired, revoked, used before, ' +
  'or issued to another client.'

function invalid(reason: string, description = NOT_VALID): OAuthError {
  return new OAuthError('invalid_grant', description, { reason })
}

/**
 * AES-256-GCM under a key that follows from the old token (HKDF, RFC 5869): the database alone
 * cannot open it.
 */
function sealFor(token: string, text: string): string {
  const iv = randomFromStock(12)
  const cipher = createCipheriv('aes-256-gcm', successorKey(token), iv)
  return Buffer.concat([
    iv,
    cipher.update(text, 'utf8'),
    cipher.final(),
    cipher.getAuthTag()
  ]).toString('base64url')
}

function openWith(token: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', successorKey(token), bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

function successorKey(token: string): KeyObject {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', token, 'kagura', 'refresh token successor', 32))
  )
}
