import { type Insertable, sql } from 'kysely'
import type { Db } from './connect.ts'
import type { OauthGrantsTable } from './tables/index.ts'

/** What a person sees of a connected app. */
export interface ConnectedApp {
  grant_id: string
  user_id: string
  email: string
  client_id: string
  client_name: string
  client_scope: string
  scope: string
  redirect_origin: string | null
  created_at: Date
  last_used_at: Date | null
}

/** A decision that still stands behind something usable. */
export interface StandingConsent { scope: string, resource: string, redirect_origin: string | null, client_metadata_hash: string | null, consented_at: Date }

export interface EndedGrant { grant_id: string, user_id: string, client_id: string }

export async function insertGrant (db: Db, grant: Insertable<OauthGrantsTable>): Promise<string> {
  const { grant_id: grantId } = await db.insertInto('oauth_grants').values(grant).returning('grant_id').executeTakeFirstOrThrow()
  return grantId
}

/** Grants that are alive: not revoked, and with a token or a code that can still be used. */
function aliveGrants (db: Db) {
  return db.selectFrom('oauth_grants as g').where('g.revoked_at', 'is', null).where(({ or, exists, selectFrom }) => or([
    exists(selectFrom('oauth_tokens as t').select('t.token_id').whereRef('t.grant_id', '=', 'g.grant_id')
      .where('t.revoked', '=', false).where('t.rotated_at', 'is', null)
      .where(sql<boolean>`(t.refresh_expires_at > now() or t.issued_at + make_interval(secs => t.expires_in) > now())`)),
    exists(selectFrom('oauth_authorization_codes as a').select('a.code_hash').whereRef('a.grant_id', '=', 'g.grant_id')
      .where('a.used_at', 'is', null).where('a.expires_at', '>', sql<Date>`now()`)),
    exists(selectFrom('oauth_device_codes as d').select('d.device_code_hash').whereRef('d.grant_id', '=', 'g.grant_id')
      .where('d.used_at', 'is', null).where('d.expires_at', '>', sql<Date>`now()`))
  ]))
}

/** Grants with a token that can still be used or refreshed, or a code that can be redeemed. Of one user, or of all; newest first. */
export function listConnectedApps (db: Db, userId?: string): Promise<ConnectedApp[]> {
  return aliveGrants(db).innerJoin('oauth_clients as c', 'c.client_id', 'g.client_id').innerJoin('users as u', 'u.user_id', 'g.user_id')
    .select(['g.grant_id', 'g.user_id', 'u.email', 'g.client_id', 'c.client_name', 'c.scope as client_scope', 'g.scope', 'g.redirect_origin', 'g.created_at', 'g.last_used_at'])
    .$if(userId !== undefined, (query) => query.where('g.user_id', '=', userId!))
    .orderBy('g.created_at', 'desc').orderBy('g.grant_id').execute()
}

/** What this user decided about this client and did not take back, the latest decision first. What the account page does not show is not there. */
export function listStandingConsents (db: Db, userId: string, clientId: string): Promise<StandingConsent[]> {
  return aliveGrants(db).select(['g.scope', 'g.resource', 'g.redirect_origin', 'g.client_metadata_hash', 'g.consented_at'])
    .where('g.user_id', '=', userId).where('g.client_id', '=', clientId) // index oauth_grants_user
    .orderBy('g.consented_at', 'desc').orderBy('g.grant_id').execute()
}

/** What the newest consent pages of this app offered to this person. Index oauth_grants_user. */
export async function listOfferedScopes (
  db: Db, userId: string, clientId: string
): Promise<string[]> {
  const newest = db.selectFrom('oauth_grants').select('offered_scope')
    .where('user_id', '=', userId).where('client_id', '=', clientId)
    .orderBy('created_at', 'desc').limit(100)
  const rows = await db.selectFrom(newest.as('g')).select('g.offered_scope').distinct()
    .where('g.offered_scope', 'is not', null).execute()
  return rows.map(({ offered_scope: scope }) => scope!)
}

/** An app that is connected still, and how many installations would be ended. */
export function findInstalledApp (
  db: Db, userId: string, of: { grant_id: string } | { client_id: string }
): Promise<{ client_id: string, client_name: string, installations: number } | undefined> {
  return db.selectFrom('oauth_grants as g')
    .innerJoin('oauth_clients as c', 'c.client_id', 'g.client_id')
    .select(['g.client_id', 'c.client_name', sql<number>`count(*)::int`.as('installations')])
    .where('g.user_id', '=', userId).where('g.revoked_at', 'is', null)
    .$if('grant_id' in of, (query) =>
      query.where('g.grant_id', '=', (of as { grant_id: string }).grant_id))
    .$if('client_id' in of, (query) =>
      query.where('g.client_id', '=', (of as { client_id: string }).client_id))
    .groupBy(['g.client_id', 'c.client_name']).executeTakeFirst()
}

/** Ends everything under the grant; undefined when there is no such live grant (of that user, if one is named). */
export async function revokeGrant (db: Db, grantId: string, reason: string, userId?: string): Promise<EndedGrant | undefined> {
  return db.updateTable('oauth_grants').set({ revoked_at: sql`now()`, revoked_reason: reason })
    .where('grant_id', '=', grantId).where('revoked_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId!))
    .returning(['grant_id', 'user_id', 'client_id']).executeTakeFirst()
}

/** Ends all live grants of a user, of a client, or of both together; returns them. */
export function revokeGrants (db: Db, of: { user_id?: string, client_id?: string }, reason: string): Promise<EndedGrant[]> {
  return db.updateTable('oauth_grants').set({ revoked_at: sql`now()`, revoked_reason: reason })
    .where('revoked_at', 'is', null)
    .$if(of.user_id !== undefined, (query) => query.where('user_id', '=', of.user_id!))
    .$if(of.client_id !== undefined, (query) => query.where('client_id', '=', of.client_id!))
    .returning(['grant_id', 'user_id', 'client_id']).execute()
}

/** The scope that this user last let this client have; undefined when there is none. */
export async function findLastScope (db: Db, userId: string, clientId: string): Promise<string | undefined> {
  const last = await db.selectFrom('oauth_grants').select('scope').where('user_id', '=', userId).where('client_id', '=', clientId)
    .orderBy('created_at', 'desc').limit(1).executeTakeFirst() // index oauth_grants_user
  return last?.scope
}

/**
 * Deletes grants that ended 30 days ago, and a thousand at most that nothing has lived under for 90 days. Until then they remember what a
 * person let a client have. `refreshDays`: how long a refresh token outlives its last use.
 */
export async function deleteDeadGrants (db: Db, refreshDays: number): Promise<void> {
  await db.deleteFrom('oauth_grants').where(sql<boolean>`revoked_at < now() - interval '30 days'`).execute()
  const dead = db.selectFrom('oauth_grants as g').select('g.grant_id')
    .where(sql<boolean>`greatest(g.last_used_at, g.created_at) < now() - make_interval(days => ${90 + refreshDays})`)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('oauth_tokens as t').select('t.token_id').whereRef('t.grant_id', '=', 'g.grant_id'))))
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('oauth_authorization_codes as a').select('a.code_hash').whereRef('a.grant_id', '=', 'g.grant_id'))))
    .limit(1000)
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', dead).execute()
}

/** How many grants of an app are not revoked. */
export async function countLiveGrants (db: Db, clientId: string): Promise<number> {
  const { count } = await db.selectFrom('oauth_grants').select(({ fn }) => fn.countAll<number>().as('count'))
    .where('client_id', '=', clientId).where('revoked_at', 'is', null).executeTakeFirstOrThrow()
  return count
}
