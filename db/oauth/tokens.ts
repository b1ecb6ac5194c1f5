import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { lookup } from '../connection/lookup.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { Role } from '../schema/index.ts'
import { ACCESS_TOKEN_PREFIX, ENDS_AT, REFRESH_TOKEN_PREFIX } from './token-pair.ts'

export { ACCESS_TOKEN_PREFIX }

/**
 * A presented access token with all that decides what it may do; `problem` tells why it does not
 * count.
 */
export interface PresentedAccessToken {
  token_id: string
  grant_id: string
  client_id: string
  client_name: string
  user_id: string
  role: Role
  scope: string
  client_scope: string
  resource: string
  /** The key that it is bound to; null: it is a bearer token. */
  dpop_jkt: string | null
  problem: 'revoked' | 'expired' | 'disabled' | null
  /** When and why the connection was ended, if it was. */
  ended_at: Date | null
  ended_reason: string | null
}

const problem = sql<PresentedAccessToken['problem']>`case
  when t.revoked or t.access_token_revoked_at is not null or g.revoked_at is not null then 'revoked'
  when ${ENDS_AT} <= now() then 'expired'
  when u.disabled_at is not null or c.disabled_at is not null then 'disabled' end`

function presented(db: Db) {
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
      problem.as('problem'),
      'g.revoked_at as ended_at',
      'g.revoked_reason as ended_reason'
    ])
}

const findByAccessToken = lookup('find_access_token', ['hash'], (db, of) =>
  presented(db)
    .where('t.access_token_hash', '=', of.hash) // unique index
    .select([
      sql<boolean>`t.first_used_at is null`.as('unused'),
      sql<boolean>`g.last_used_at is null or g.last_used_at < now() - interval '1 minute'`.as(
        'stale'
      )
    ])
)

/**
 * Looks an access token up; undefined when there never was such a token. The first use is noted
 * before it counts, every later one at most once a minute.
 */
export async function findAccessToken(
  db: Db,
  token: string
): Promise<PresentedAccessToken | undefined> {
  const found = await findByAccessToken(db, { hash: secretDigest(token) })
  if (!found) return undefined
  const { stale, unused, ...presentedToken } = found
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

/** False when the pair was replaced or ended at the same instant: then it counts no more. */
async function noteFirstUse(db: Db, tokenId: string): Promise<boolean> {
  const noted = await db
    .updateTable('oauth_tokens')
    .set({ first_used_at: sql`coalesce(first_used_at, now())` })
    .where('token_id', '=', tokenId)
    .where('revoked', '=', false)
    .where('access_token_revoked_at', 'is', null)
    .returning('token_id')
    .executeTakeFirst()
  return noted !== undefined
}

/** Those among the token ids that still count: for open streams. */
export async function listLiveAccessTokens(
  db: Db,
  tokenIds: string[]
): Promise<PresentedAccessToken[]> {
  return tokenIds.length === 0
    ? []
    : presented(db).where('t.token_id', 'in', tokenIds).where(problem, 'is', null).execute()
}

/** What a client may know of a token of its own; times in seconds since 1970. */
export interface IssuedToken {
  kind: 'access_token' | 'refresh_token'
  grant_id: string
  user_id: string
  email: string
  scope: string
  resource: string
  dpop_jkt: string | null
  issued_at: number
  expires_at: number
  /** Neither expired, revoked nor rotated away, and the user not disabled. */
  usable: boolean
}

function issued(kind: IssuedToken['kind']) {
  const end =
    kind === 'access_token'
      ? ENDS_AT
      : sql`case when t.rotated_at is null then t.refresh_expires_at end`
  return lookup(`find_issued_${kind}`, ['client_id', 'hash'], (db, of) =>
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
        sql<number>`floor(extract(epoch from t.issued_at))::double precision`.as('issued_at'),
        sql<number>`floor(extract(epoch from ${end}))::double precision`.as('expires_at'),
        sql<boolean>`coalesce(${end} > now(), false) and not t.revoked and g.revoked_at is null and u.disabled_at is null
        and (${sql.lit(kind === 'refresh_token')} or t.access_token_revoked_at is null)`.as(
          'usable'
        )
      ])
      .where(kind === 'access_token' ? 't.access_token_hash' : 't.refresh_token_hash', '=', of.hash) // unique indexes
      .where('t.client_id', '=', of.client_id)
  )
}

const findIssued = { access_token: issued('access_token'), refresh_token: issued('refresh_token') }

/**
 * The access or refresh token, if it was issued to this client; its prefix says which it is. One
 * statement, for it is asked often.
 */
export async function findIssuedToken(
  db: Db,
  clientId: string,
  token: string
): Promise<IssuedToken | undefined> {
  const kind = token.startsWith(ACCESS_TOKEN_PREFIX)
    ? 'access_token'
    : token.startsWith(REFRESH_TOKEN_PREFIX)
      ? 'refresh_token'
      : undefined
  if (kind === undefined) return undefined
  const found = await findIssued[kind](db, { client_id: clientId, hash: secretDigest(token) })
  return found && { kind, ...found }
}

/** Pairs that can no longer be used or refreshed are of no use to anybody. */
export async function deleteDeadTokens(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_tokens')
    .where(
      sql<boolean>`coalesce(refresh_expires_at, issued_at + make_interval(secs => expires_in)) < now() - interval '1 day'`
    )
    .execute()
}
