import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Trx } from '../../db/connect.ts'
import { revokeGrant } from '../../db/oauth-grants.ts'
import { issueTokens, lockRefreshToken, type PresentedRefreshToken, rotateRefreshToken, type TokenPair } from '../../db/oauth-tokens.ts'
import { groupsOf, intersection, narrowScope } from '../../tools/scopes.ts'
import { isThisResource } from '../auth/index.ts'
import { OAuthError } from '../errors.ts'
import type { GrantRequest, TokenResponse } from './grant-request.ts'

interface Refreshed { pair: TokenPair, scope: string, expiresIn: number, row: PresentedRefreshToken }

/** A stolen token was used after its successor: the grant must end, outside the transaction that found it. */
class Reuse extends Error {
  readonly row: PresentedRefreshToken
  constructor (row: PresentedRefreshToken) {
    super('refresh token reuse')
    this.row = row
  }
}

/**
 * grant_type=refresh_token (RFC 6749 §6), with rotation (OAuth 2.1 §4.3.1). A retry, a race or a lost response within the window gets the same
 * successor pair; a reuse after it ends the grant. Throws OAuthError.
 */
export async function refreshToken (asked: GrantRequest): Promise<TokenResponse> {
  const { app, request, client, form } = asked
  const token = form.get('refresh_token')
  if (token === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.', { reason: 'refresh_token_missing' })
  if (form.all('resource').some((resource) => !isThisResource(resource, app.publicUrl))) throw new OAuthError('invalid_target', `The resource here is ${app.mcpUrl}.`)
  try {
    const { pair, scope, expiresIn, row } = await app.db.transaction().execute((trx) => refresh(trx, asked, token))
    await request.audit('oauth.token.refreshed', { user_id: row.user_id, client_id: client.client_id, grant_id: row.grant_id, details: { scope } })
    return { ...pair, token_type: 'Bearer', expires_in: expiresIn, scope }
  } catch (error) {
    if (!(error instanceof Reuse)) throw error
    const { grant_id: grantId, user_id: userId } = error.row
    if (await revokeGrant(app.db, grantId, 'refresh_token_reuse')) {
      await request.audit('oauth.refresh_token_reuse', { user_id: userId, client_id: client.client_id, grant_id: grantId, reason: 'refresh_token_reuse' })
    }
    throw invalid('refresh_token_reuse')
  }
}

async function refresh (trx: Trx, asked: GrantRequest, token: string): Promise<Refreshed> {
  const { app, client, form } = asked
  const row = await lockRefreshToken(trx, token)
  if (!row || row.client_id !== client.client_id) throw invalid(row ? 'refresh_token_of_another_client' : 'refresh_token_unknown')
  if (!row.grant_live) throw invalid('grant_revoked')
  if (row.refresh_expired) throw invalid('refresh_token_expired')
  const scope = requestedScope(row, client.scope, form.get('scope'))

  if (row.seconds_since_rotation !== null) {
    if (row.seconds_since_rotation > app.config.REFRESH_RETRY_SECONDS || row.successor_sealed === null) throw new Reuse(row)
    return successorOf(trx, row, token, { scope, asked: form.get('scope') })
  }
  const pair = await issueTokens(trx, {
    grant_id: row.grant_id,
    client_id: row.client_id,
    user_id: row.user_id,
    resource: row.resource,
    scope,
    expires_in: row.expires_in,
    refresh_days: app.config.REFRESH_TOKEN_DAYS
  })
  await rotateRefreshToken(trx, row.token_id, app.config.REFRESH_RETRY_SECONDS > 0 ? sealFor(token, JSON.stringify({ pair, asked: form.get('scope') })) : null)
  return { pair, scope, expiresIn: row.expires_in, row }
}

/** The pair that the token was rotated to; when that was rotated too, the newest (a client may come back with a token several generations old). */
async function successorOf (trx: Trx, row: PresentedRefreshToken, token: string, now: { scope: string, asked: string | undefined }): Promise<Refreshed> {
  const sealed = JSON.parse(openWith(token, row.successor_sealed!)) as { pair: TokenPair, asked?: string }
  if (sealed.asked !== now.asked) throw new OAuthError('invalid_scope', 'A retry must ask for the same scope as the request it repeats.', { reason: 'retry_scope_differs' })
  const successor = await lockRefreshToken(trx, sealed.pair.refresh_token!)
  if (!successor) throw new Reuse(row)
  if (successor.successor_sealed !== null) return successorOf(trx, successor, sealed.pair.refresh_token!, now)
  return { pair: sealed.pair, scope: now.scope, expiresIn: successor.seconds_left, row }
}

/** What was granted, narrowed to what was asked for and to what the client may have now. More than was granted is refused (RFC 6749 §6). */
function requestedScope (row: PresentedRefreshToken, clientScope: string, asked: string | undefined): string {
  const granted = groupsOf(row.grant_scope)
  if (asked !== undefined && intersection(groupsOf(asked), granted).size !== groupsOf(asked).size) {
    throw new OAuthError('invalid_scope', 'A refresh cannot ask for more than was granted; send the person through the authorization endpoint again.')
  }
  const scope = narrowScope(asked === undefined ? row.grant_scope : narrowScope(asked, row.grant_scope), clientScope)
  if (groupsOf(scope).size === 0) throw new OAuthError('invalid_scope', 'Nothing of the granted scope is left for this client.')
  return scope
}

function invalid (reason: string): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is not valid: unknown, expired, revoked, used before, or issued to another client.', { reason })
}

/** AES-256-GCM under a key that follows from the old token (HKDF, RFC 5869): the database alone cannot open it. */
function sealFor (token: string, text: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', successorKey(token), iv)
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

function openWith (token: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', successorKey(token), bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(-16))
  return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

function successorKey (token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, 'kagura', 'refresh token successor', 32))
}
