import { type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from './audit-entry.ts'
import type { Db } from './connect.ts'
import type { OauthTokensTable, Role } from './tables/index.ts'
import { lookup } from './lookup.ts'
import { digest } from './secrets.ts'
import {
  ACCESS_TOKEN_PREFIX,
  hashesOf,
  insertPair,
  type NewTokens,
  pairFor,
  REFRESH_TOKEN_PREFIX,
  type TokenPair
} from './token-pair.ts'

export { ACCESS_TOKEN_PREFIX }
export type TokenRow = Selectable<OauthTokensTable>

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

/**
 * After a rotation the former access token lives on for calls under way, ten minutes at most,
 * whatever expires_in says later.
 */
const ENDS_AT = sql`least(t.issued_at + make_interval(secs => t.expires_in), t.rotated_at + interval '10 minutes')`

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
  const found = await findByAccessToken(db, { hash: digest(token) })
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
  const found = await findIssued[kind](db, { client_id: clientId, hash: digest(token) })
  return found && { kind, ...found }
}

export type PresentedRefreshToken = Pick<
  TokenRow,
  | 'token_id'
  | 'grant_id'
  | 'client_id'
  | 'user_id'
  | 'resource'
  | 'expires_in'
  | 'successor_sealed'
  | 'successor_hash'
  | 'dpop_jkt'
> & {
  grant_scope: string
  grant_live: boolean
  refresh_expired: boolean
  /** When and why the connection was ended, if it was. */
  ended_at: Date | null
  ended_reason: string | null
  seconds_since_rotation: number | null
  seconds_left: number
}

const findByRefreshToken = lookup('find_refresh_token', ['hash'], (db, of) =>
  db
    .selectFrom('oauth_tokens as t')
    .innerJoin('oauth_grants as g', 'g.grant_id', 't.grant_id')
    .innerJoin('users as u', 'u.user_id', 't.user_id')
    .select([
      't.token_id',
      't.grant_id',
      't.client_id',
      't.user_id',
      't.resource',
      't.expires_in',
      't.successor_sealed',
      't.successor_hash',
      't.dpop_jkt',
      'g.scope as grant_scope',
      'g.revoked_at as ended_at',
      'g.revoked_reason as ended_reason',
      sql<boolean>`g.revoked_at is null and not t.revoked and u.disabled_at is null`.as(
        'grant_live'
      ),
      sql<boolean>`t.refresh_expires_at <= now()`.as('refresh_expired'),
      sql<number | null>`extract(epoch from clock_timestamp() - t.rotated_at)::double precision`.as(
        'seconds_since_rotation'
      ),
      sql<number>`greatest(0, floor(extract(epoch from ${ENDS_AT} - now())))::integer`.as(
        'seconds_left'
      )
    ])
    .where('t.refresh_token_hash', '=', of.hash)
) // unique index

/** undefined when there never was such a token. */
export function findRefreshToken(
  db: Db,
  token: string
): Promise<PresentedRefreshToken | undefined> {
  return findByRefreshToken(db, { hash: digest(token) })
}

const rotate = pairFor<{ token_id: string; successor_sealed: string | null }>(
  'rotate_refresh_token',
  {
    table: 'oauth_tokens',
    own: ['token_id', 'successor_sealed'],
    spendable: sql`t.token_id = asked.token_id and t.rotated_at is null and t.revoked is false and t.refresh_expires_at > now()`,
    set: {
      rotated_at: sql`clock_timestamp()`,
      successor_sealed: sql`asked.successor_sealed`,
      successor_hash: sql`asked.access_token_hash`
    }
  }
)

/**
 * Retires the row and stores the pair that follows it, in one statement: of two callers at the same
 * instant one gets true, after that the other false. `sealed` lets a retry with the old token, and
 * nobody else, read the pair again.
 */
export function rotateRefreshToken(
  db: Db,
  tokenId: string,
  row: NewTokens,
  { pair, sealed, entry }: { pair: TokenPair; sealed: string | null; entry: NewAuditLog }
): Promise<boolean> {
  return rotate(db, {
    ...row,
    ...hashesOf(pair),
    noted: auditJson([entry]),
    token_id: tokenId,
    successor_sealed: sealed
  })
}

/** The pair that a rotation made, by the hash that it left: whether anybody ever used it. */
export function findSuccessor(
  db: Db,
  hash: string
): Promise<{ dpop_jkt: string | null; unused: boolean } | undefined> {
  return db
    .selectFrom('oauth_tokens')
    .where('access_token_hash', '=', hash) // unique index
    .select([
      'dpop_jkt',
      sql<boolean>`rotated_at is null and first_used_at is null
      and not revoked and access_token_revoked_at is null`.as('unused')
    ])
    .executeTakeFirst()
}

/**
 * Gives a pair that was rotated another successor, in place of one that nobody ever used: neither
 * its access token nor its refresh token. False when that is not so, or the grant has ended; of two
 * callers at the same instant one gets true. What it replaces is retired without a successor, so
 * whoever comes with it later ends the grant. `row.successor_hash` says what is replaced.
 */
export function replaceSuccessor(
  db: Db,
  row: NewTokens & Pick<PresentedRefreshToken, 'token_id' | 'successor_hash'>,
  { pair, sealed, entry }: { pair: TokenPair; sealed: string | null; entry: NewAuditLog }
): Promise<boolean> {
  const { token_id: tokenId, successor_hash: replaced } = row
  return db
    .transaction()
    .execute(async (trx) => {
      // In the order of every rotation: the grant first, then its pairs, the older one first.
      const live = await trx
        .selectFrom('oauth_grants as g')
        .innerJoin('users as u', 'u.user_id', 'g.user_id')
        .select('g.grant_id')
        .where('g.grant_id', '=', row.grant_id)
        .where('g.revoked_at', 'is', null)
        .where('u.disabled_at', 'is', null)
        .forKeyShare('g')
        .executeTakeFirst()
      const hashes = hashesOf(pair)
      const reissued =
        live &&
        (await trx
          .updateTable('oauth_tokens as t')
          .set({
            rotated_at: sql`clock_timestamp()`,
            successor_sealed: sealed,
            successor_hash: hashes.access_token_hash,
            // Its access token must not live again because it is now said to be rotated later.
            access_token_revoked_at: sql`case when ${ENDS_AT} <= now() then now()
        else t.access_token_revoked_at end`
          })
          .where('t.token_id', '=', tokenId)
          .where('t.successor_hash', '=', replaced)
          .where('t.revoked', '=', false)
          .where('t.rotated_at', 'is not', null)
          .returning('t.token_id')
          .executeTakeFirst())
      const retired =
        reissued &&
        (await trx
          .updateTable('oauth_tokens')
          .set({ rotated_at: sql`clock_timestamp()`, access_token_revoked_at: sql`now()` })
          .where('access_token_hash', '=', replaced) // unique index
          .where('rotated_at', 'is', null)
          .where('first_used_at', 'is', null)
          .where('revoked', '=', false)
          .where('access_token_revoked_at', 'is', null)
          .returning('token_id')
          .executeTakeFirst())
      if (!retired) throw new SuccessorInUse()
      await insertPair(trx, row, pair, entry)
      return true
    })
    .catch((error: unknown) => {
      if (error instanceof SuccessorInUse) return false
      throw error
    })
}

/** Undoes what a transaction began for a pair whose successor turns out to be used. */
class SuccessorInUse extends Error {}

/** Erases what retries could read, `window` seconds after the rotation. */
export async function eraseSealedSuccessors(db: Db, window: number): Promise<void> {
  await db
    .updateTable('oauth_tokens')
    .set({ successor_sealed: null })
    .where('successor_sealed', 'is not', null)
    .where('rotated_at', '<', sql<Date>`now() - make_interval(secs => ${window})`)
    .execute()
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
