import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import type { Slots } from '../connection/prepared.ts'
import { type AccessLimits, accessLimitColumns } from '../schema/index.ts'
import { grantLimitColumns, isAlive } from './conditions.ts'

/** A decision of a user that a live grant still rests on. */
export interface StandingConsent extends AccessLimits {
  scope: string
  resource: string
  redirect_origin: string | null
  client_metadata_hash: string | null
  consented_at: Date
}

/** What a decision is about: the user and the app, with its origin and metadata at that time. */
export interface DecisionKey {
  user_id: string
  client_id: string
  resource: string
  redirect_origin: string
  client_metadata_hash: string
}

const decisionColumns = [
  'user_id',
  'client_id',
  'resource',
  'redirect_origin',
  'client_metadata_hash'
] satisfies Array<keyof DecisionKey>

/** A decision key as values, or as slots of a prepared look-up. */
type DecisionValues = DecisionKey | Slots<DecisionKey>

/**
 * Grants that are examined to find a live one. Few grants end by themselves, because an approval
 * that the app never used is deleted after a day. If all examined grants are dead, the user is
 * asked again.
 */
const MAX_EXAMINED_GRANTS = 100

/** Grants under one decision that are examined for its scopes. */
const MAX_SIBLINGS = 1000

/**
 * The latest decision about exactly this that still stands. It costs one look-up. PostgreSQL keeps
 * its plan: it goes by the index as long as nobody has analysed the tables, and whoever analyses
 * them, as autovacuum does, makes PostgreSQL plan again.
 */
export const findDecision: (
  db: Db,
  decision: DecisionKey
) => Promise<(Pick<StandingConsent, 'scope' | 'consented_at'> & AccessLimits) | undefined> =
  prepareLookup('find_decision', decisionColumns, selectLatestDecision)

function selectLatestDecision(db: Db, decision: DecisionValues) {
  const newestGrants = selectDecisionGrants(db, decision)
    .orderBy('consented_at', 'desc')
    .orderBy('created_at', 'desc')
    .limit(MAX_EXAMINED_GRANTS)
  return db
    .selectFrom(newestGrants.as('g'))
    .select(['g.scope', 'g.consented_at', ...grantLimitColumns])
    .where('g.resource', '=', decision.resource)
    .where(isAlive)
    .orderBy('g.consented_at', 'desc')
    .orderBy('g.created_at', 'desc')
    .limit(1)
}

/** The grants that rest on decisions about the same app, origin and metadata. */
function selectDecisionGrants(db: Db, decision: DecisionValues) {
  return db
    .selectFrom('oauth_grants') // index oauth_grants_decision
    .select(['grant_id', 'scope', 'resource', 'consented_at', 'created_at', ...accessLimitColumns])
    .where('user_id', '=', decision.user_id)
    .where('client_id', '=', decision.client_id)
    .where(sql<boolean>`md5(redirect_origin) = md5(${decision.redirect_origin}::text)`)
    .where('redirect_origin', '=', decision.redirect_origin)
    .where('client_metadata_hash', '=', decision.client_metadata_hash)
    .where('revoked_at', 'is', null)
}

/**
 * The scopes of the live grants under the latest decision: the choice of the user, and later grants
 * without a question. Needed only if the newest grant does not cover a request.
 */
export async function listDecisionScopes(db: Db, decision: DecisionKey): Promise<string[]> {
  const latestDecisionTime = sql<Date>`(
    select date_trunc('milliseconds', consented_at) from latest)`
  const siblingGrants = selectDecisionGrants(db, decision)
    // A grant without a question keeps the time of the decision, in milliseconds.
    .where('consented_at', '>=', latestDecisionTime)
    .where('consented_at', '<', sql<Date>`${latestDecisionTime} + interval '1 millisecond'`)
    .orderBy('consented_at', 'desc')
    .orderBy('created_at', 'desc')
    .limit(MAX_SIBLINGS)
  const scopeRows = await db
    .with('latest', () => selectLatestDecision(db, decision))
    .selectFrom(siblingGrants.as('g'))
    .select('g.scope')
    .distinct()
    .where('g.resource', '=', decision.resource)
    .where(isAlive)
    .limit(MAX_EXAMINED_GRANTS)
    .execute()
  return scopeRows.map(({ scope }) => scope)
}

/**
 * The decisions of this user about this client that are not revoked and still live, the latest
 * first. Only the newest grants are examined.
 */
export function listStandingConsents(
  db: Db,
  userId: string,
  clientId: string
): Promise<StandingConsent[]> {
  const newestGrants = db
    .selectFrom('oauth_grants')
    .selectAll() // index oauth_grants_user
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(MAX_EXAMINED_GRANTS)
  return db
    .selectFrom(newestGrants.as('g'))
    .select([
      'g.scope',
      'g.resource',
      'g.redirect_origin',
      'g.client_metadata_hash',
      'g.consented_at',
      ...grantLimitColumns
    ])
    .where('g.revoked_at', 'is', null)
    .where(isAlive)
    .orderBy('g.consented_at', 'desc')
    .orderBy('g.grant_id')
    .limit(MAX_EXAMINED_GRANTS)
    .execute()
}

/** The scope of the newest grant of this user and client; undefined if there is none. */
export async function findLastScope(
  db: Db,
  userId: string,
  clientId: string
): Promise<string | undefined> {
  const lastGrant = await db
    .selectFrom('oauth_grants')
    .select('scope') // index oauth_grants_user
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return lastGrant?.scope
}
