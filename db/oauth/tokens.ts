import { sql } from 'kysely'
import { isUseDue } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { AccessLimits, Role, ToolList } from '../schema/index.ts'
import { grantLimitColumns, isGrantLive } from './conditions.ts'
import { ACCESS_TOKEN_PREFIX, ACCESS_TOKEN_END, REFRESH_TOKEN_PREFIX } from './token-pair.ts'

export { ACCESS_TOKEN_PREFIX }

/**
 * An access token with everything that decides what it may do. `problem`: why it does not count.
 */
export interface PresentedAccessToken extends AccessLimits {
  token_id: string
  grant_id: string
  client_id: string
  client_name: string
  user_id: string
  role: Role
  scope: string
  client_scope: string
  resource: string
  /** Thumbprint of the key it is bound to; null for a bearer token. */
  dpop_jkt: string | null
  problem: 'revoked' | 'expired' | 'disabled' | null
  /** When and why the grant was revoked, if it was. */
  ended_at: Date | null
  ended_reason: string | null
}

const tokenProblem = sql<PresentedAccessToken['problem']>`case
  when t.revoked or t.access_token_revoked_at is not null or g.revoked_at is not null then 'revoked'
  when ${ACCESS_TOKEN_END} <= now() then 'expired'
  when u.disabled_at is not null or c.disabled_at is not null then 'disabled' end`

function selectPresentedTokens(db: Db) {
  return db
    .selectFrom('oauth_tokens as t')
    .innerJoin('oauth_grants as g', 'g.grant_id', 't.grant_id')
    .innerJoin('oauth_clients as c', 'c.client_id', 't.client_id')
    .innerJoin('users as u', 'u.user_id', 't.user_id')
    .select([
      't.token_id',
      't.grant_id',
      't.client_id',
      'c.client_name',
      't.user_id',
      'u.role',
      't.scope',
      'c.scope as client_scope',
      't.resource',
      't.dpop_jkt',
      ...grantLimitColumns,
      tokenProblem.as('problem'),
      'g.revoked_at as ended_at',
      'g.revoked_reason as ended_reason'
    ])
}

const findByAccessToken = prepareLookup('find_access_token', ['hash'], (db, slots) =>
  selectPresentedTokens(db)
    .where('t.access_token_hash', '=', slots.hash) // unique index
    .select([
      sql<boolean>`t.first_used_at is null`.as('unused'),
      isUseDue('g.last_used_at').as('stale')
    ])
)

/**
 * Finds an access token; undefined if it was never issued. The first use is recorded before the
 * token counts; later uses are recorded at most once a minute.
 */
export async function findAccessToken(
  db: Db,
  token: string
): Promise<PresentedAccessToken | undefined> {
  const tokenRow = await findByAccessToken(db, { hash: secretDigest(token) })
  if (!tokenRow) return undefined
  const { stale, unused, ...presentedToken } = tokenRow
  if (presentedToken.problem !== null) return presentedToken
  if (unused && !(await noteFirstUse(db, presentedToken.token_id))) {
    return { ...presentedToken, problem: 'revoked' }
  }
  if (stale) {
    await db
      .updateTable('oauth_grants')
      .set({ last_used_at: sql`now()` })
      .where('grant_id', '=', presentedToken.grant_id)
      .execute()
  }
  return presentedToken
}

/**
 * Records the first use. Returns false if the pair was replaced or revoked meanwhile; it then no
 * longer counts.
 */
async function noteFirstUse(db: Db, tokenId: string): Promise<boolean> {
  const usedToken = await db
    .updateTable('oauth_tokens')
    .set({ first_used_at: sql`coalesce(first_used_at, now())` })
    .where('token_id', '=', tokenId)
    .where('revoked', '=', false)
    .where('access_token_revoked_at', 'is', null)
    .returning('token_id')
    .executeTakeFirst()
  return usedToken !== undefined
}

/**
 * The tokens among these ids that still count, with the list of tools that the person chose for the
 * app; for open streams.
 */
export async function listLiveAccessTokens(
  db: Db,
  tokenIds: string[]
): Promise<Array<PresentedAccessToken & { tool_list: ToolList | null }>> {
  return tokenIds.length === 0
    ? []
    : selectPresentedTokens(db)
        .leftJoin('app_choices as choice', (join) =>
          join
            .onRef('choice.user_id', '=', 't.user_id')
            .onRef('choice.client_id', '=', 't.client_id')
        )
        .select('choice.tool_list')
        .where('t.token_id', 'in', tokenIds)
        .where(tokenProblem, 'is', null)
        .execute()
}

/** What a client may learn about a token it was issued (RFC 7662); times in seconds since 1970. */
export interface IssuedToken extends AccessLimits {
  kind: 'access_token' | 'refresh_token'
  grant_id: string
  user_id: string
  email: string
  scope: string
  resource: string
  dpop_jkt: string | null
  issued_at: number
  expires_at: number
  /** Neither expired, revoked nor rotated, and the user is not disabled. */
  usable: boolean
}

function prepareIssuedLookup(kind: IssuedToken['kind']) {
  const tokenEnd =
    kind === 'access_token'
      ? ACCESS_TOKEN_END
      : sql`case when t.rotated_at is null then t.refresh_expires_at end`
  return prepareLookup(`find_issued_${kind}`, ['client_id', 'hash'], (db, slots) =>
    db
      .selectFrom('oauth_tokens as t')
      .innerJoin('oauth_grants as g', 'g.grant_id', 't.grant_id')
      .innerJoin('users as u', 'u.user_id', 't.user_id')
      .select([
        't.grant_id',
        't.user_id',
        'u.email',
        kind === 'access_token' ? 't.scope' : 'g.scope',
        't.resource',
        't.dpop_jkt',
        ...grantLimitColumns,
        sql<number>`floor(extract(epoch from t.issued_at))::double precision`.as('issued_at'),
        sql<number>`floor(extract(epoch from ${tokenEnd}))::double precision`.as('expires_at'),
        sql<boolean>`coalesce(${tokenEnd} > now(), false) and not t.revoked and ${isGrantLive}
          and (${sql.lit(kind === 'refresh_token')} or t.access_token_revoked_at is null)`.as(
          'usable'
        )
      ])
      // unique indexes
      .where(
        kind === 'access_token' ? 't.access_token_hash' : 't.refresh_token_hash',
        '=',
        slots.hash
      )
      .where('t.client_id', '=', slots.client_id)
  )
}

const issuedTokenLookups = {
  access_token: prepareIssuedLookup('access_token'),
  refresh_token: prepareIssuedLookup('refresh_token')
}

/**
 * Finds an access or refresh token that was issued to this client; the prefix tells which it is.
 * One statement, because resource servers introspect often.
 */
export async function findIssuedToken(
  db: Db,
  clientId: string,
  token: string
): Promise<IssuedToken | undefined> {
  const tokenKind = token.startsWith(ACCESS_TOKEN_PREFIX)
    ? 'access_token'
    : token.startsWith(REFRESH_TOKEN_PREFIX)
      ? 'refresh_token'
      : undefined
  if (tokenKind === undefined) return undefined
  const issuedToken = await issuedTokenLookups[tokenKind](db, {
    client_id: clientId,
    hash: secretDigest(token)
  })
  return issuedToken && { kind: tokenKind, ...issuedToken }
}

/** Deletes pairs whose tokens ended more than a day ago. */
export async function deleteDeadTokens(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_tokens')
    .where(
      sql<boolean>`coalesce(refresh_expires_at, issued_at + make_interval(secs => expires_in))
        < now() - interval '1 day'`
    )
    .execute()
}
