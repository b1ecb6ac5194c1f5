import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isAlive } from './living-grants.ts'

/** A decision that still stands behind something usable. */
export interface StandingConsent {
  scope: string
  resource: string
  redirect_origin: string | null
  client_metadata_hash: string | null
  consented_at: Date
}

/** What a decision was made about: by whom, about which app, as it looked and answered then. */
export interface DecisionKey {
  user_id: string
  client_id: string
  resource: string
  redirect_origin: string
  client_metadata_hash: string
}

/**
 * So many grants are looked at for one that is alive. Those that ended by themselves are few: an
 * approval that the app never took up is cleared away after a day. Where all of so many are dead,
 * the person is asked again.
 */
const NEWEST = 100

/** Of one decision, so many grants are looked at for all the scopes that still live under it. */
const MAX_SIBLINGS = 1000

/** The latest decision about exactly this that still stands; the cost is that of one look-up. */
export function findDecision(
  db: Db,
  decision: DecisionKey
): Promise<Pick<StandingConsent, 'scope' | 'consented_at'> | undefined> {
  return latestDecision(db, decision).executeTakeFirst()
}

function latestDecision(db: Db, decision: DecisionKey) {
  const newest = grantsUnder(db, decision)
    .orderBy('consented_at', 'desc')
    .orderBy('created_at', 'desc')
    .limit(NEWEST)
  return db
    .selectFrom(newest.as('g'))
    .select(['g.scope', 'g.consented_at'])
    .where('g.resource', '=', decision.resource)
    .where(isAlive)
    .orderBy('g.consented_at', 'desc')
    .orderBy('g.created_at', 'desc')
    .limit(1)
}

/** The grants that rest on decisions about the same app and place. */
function grantsUnder(db: Db, decision: DecisionKey) {
  return db
    .selectFrom('oauth_grants') // index oauth_grants_decision
    .select(['grant_id', 'scope', 'resource', 'consented_at', 'created_at'])
    .where('user_id', '=', decision.user_id)
    .where('client_id', '=', decision.client_id)
    .where(sql<boolean>`md5(redirect_origin) = md5(${decision.redirect_origin}::text)`)
    .where('redirect_origin', '=', decision.redirect_origin)
    .where('client_metadata_hash', '=', decision.client_metadata_hash)
    .where('revoked_at', 'is', null)
}

/**
 * The scopes of what still lives under the latest decision: the person's own choice, and what was
 * given later without asking. Needed only where the newest of them does not cover a request.
 */
export async function listDecisionScopes(db: Db, decision: DecisionKey): Promise<string[]> {
  const start = sql<Date>`(select date_trunc('milliseconds', consented_at) from latest)`
  const siblings = grantsUnder(db, decision)
    .where('consented_at', '>=', start) // a grant given without asking has the time in milliseconds
    .where('consented_at', '<', sql<Date>`${start} + interval '1 millisecond'`)
    .orderBy('consented_at', 'desc')
    .orderBy('created_at', 'desc')
    .limit(MAX_SIBLINGS)
  const rows = await db
    .with('latest', () => latestDecision(db, decision))
    .selectFrom(siblings.as('g'))
    .select('g.scope')
    .distinct()
    .where('g.resource', '=', decision.resource)
    .where(isAlive)
    .limit(NEWEST)
    .execute()
  return rows.map(({ scope }) => scope)
}

/**
 * What this user decided about this client and did not take back, of the newest grants, the latest
 * decision first. What ended is not there.
 */
export function listStandingConsents(
  db: Db,
  userId: string,
  clientId: string
): Promise<StandingConsent[]> {
  const newest = db
    .selectFrom('oauth_grants')
    .selectAll() // index oauth_grants_user
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(NEWEST)
  return db
    .selectFrom(newest.as('g'))
    .select([
      'g.scope',
      'g.resource',
      'g.redirect_origin',
      'g.client_metadata_hash',
      'g.consented_at'
    ])
    .where('g.revoked_at', 'is', null)
    .where(isAlive)
    .orderBy('g.consented_at', 'desc')
    .orderBy('g.grant_id')
    .limit(NEWEST)
    .execute()
}

/** The scope that this user last let this client have; undefined when there is none. */
export async function findLastScope(
  db: Db,
  userId: string,
  clientId: string
): Promise<string | undefined> {
  const last = await db
    .selectFrom('oauth_grants')
    .select('scope') // index oauth_grants_user
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.scope
}
