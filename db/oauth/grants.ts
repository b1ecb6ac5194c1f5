import { type Insertable, sql } from 'kysely'
import { countRows } from '../connection/page.ts'
import type { Db } from '../connection/connect.ts'
import { isConnected } from './conditions.ts'
import type { GrantFilter } from './connected-apps.ts'
import type { OauthGrantsTable } from '../schema/index.ts'

/** A grant that was revoked just now. */
export interface EndedGrant {
  grant_id: string
  user_id: string
  client_id: string
}

export type NewGrant = Insertable<OauthGrantsTable>

/** Inserts a grant and returns its id. */
export async function insertGrant(db: Db, grant: NewGrant): Promise<string> {
  const { grant_id: grantId } = await db
    .insertInto('oauth_grants')
    .values(grant)
    .returning('grant_id')
    .executeTakeFirstOrThrow()
  return grantId
}

/** An answered consent page: the scopes it offered, and the scopes the user ticked. */
export interface ConsentAnswer {
  offered_scope: string
  scope: string
  /** When the user, or the end of the app, revoked the approval. */
  revoked_at: Date | null
}

/**
 * How this user answered the consent pages of this app, newest first; at most 100. Index
 * oauth_grants_user.
 */
export async function listConsentAnswers(
  db: Db,
  userId: string,
  clientId: string
): Promise<ConsentAnswer[]> {
  const newestGrants = db
    .selectFrom('oauth_grants')
    .select(['offered_scope', 'scope', 'revoked_at', 'created_at'])
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(100)
  return db
    .selectFrom(newestGrants.as('g'))
    .select((row) => [
      row.ref('g.offered_scope').$notNull().as('offered_scope'),
      'g.scope',
      'g.revoked_at'
    ])
    .where('g.offered_scope', 'is not', null)
    .orderBy('g.created_at', 'desc')
    .execute()
}

/** Installations counted for a confirmation; no real user has more. */
const MAX_INSTALLATIONS = 10_000

/**
 * The app behind the selected grants of this user, and how many of its installations would end;
 * undefined if none is left.
 */
export function findInstalledApp(
  db: Db,
  userId: string,
  selection: { grant_ids: string[] } | { client_id: string }
): Promise<{ client_id: string; client_name: string; installations: number } | undefined> {
  const selectedGrants = db
    .selectFrom('oauth_grants')
    .select(['grant_id', 'client_id'])
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where(
      'grant_ids' in selection
        ? sql<boolean>`grant_id = any(${selection.grant_ids}::text[])`
        : sql<boolean>`client_id = ${selection.client_id}`
    )
    .limit(MAX_INSTALLATIONS)
  return db
    .selectFrom(selectedGrants.as('g'))
    .innerJoin('oauth_clients as c', 'c.client_id', 'g.client_id')
    .select(['g.client_id', 'c.client_name'])
    .select(sql<number>`count(*) filter (where ${isConnected})::int`.as('installations'))
    .groupBy(['g.client_id', 'c.client_name'])
    .executeTakeFirst()
}

/**
 * Revokes the grant and with it everything under it; undefined if there is no such unrevoked grant
 * (of this user, if `userId` is set).
 */
export async function revokeGrant(
  db: Db,
  grantId: string,
  reason: string,
  userId?: string
): Promise<EndedGrant | undefined> {
  return db
    .updateTable('oauth_grants')
    .set({ revoked_at: sql`now()`, revoked_reason: reason })
    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId!))
    .returning(['grant_id', 'user_id', 'client_id'])
    .executeTakeFirst()
}

/** Revokes all unrevoked grants of a user, of a client, or of both together; returns them. */
export function revokeGrants(db: Db, filter: GrantFilter, reason: string): Promise<EndedGrant[]> {
  return db
    .updateTable('oauth_grants')
    .set({ revoked_at: sql`now()`, revoked_reason: reason })
    .where('revoked_at', 'is', null)
    .$if(filter.user_id !== undefined, (query) => query.where('user_id', '=', filter.user_id!))
    .$if(filter.client_id !== undefined, (query) =>
      query.where('client_id', '=', filter.client_id!)
    )
    .returning(['grant_id', 'user_id', 'client_id'])
    .execute()
}

/**
 * Deletes grants whose code expired unused, with the code: no token ever existed under them. At
 * most a thousand of each kind per call.
 */
export async function deleteUntakenGrants(db: Db): Promise<void> {
  const untakenCodes = db
    .selectFrom('oauth_authorization_codes')
    .select('grant_id')
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .where('used_at', 'is', null)
    .orderBy('expires_at')
    .limit(1000) // index oauth_authorization_codes_expiry
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', untakenCodes).execute()
  const untakenDeviceCodes = db
    .selectFrom('oauth_device_codes')
    .select('grant_id')
    .where('expires_at', '<', sql<Date>`now() - interval '1 hour'`)
    .where('used_at', 'is', null)
    .where('grant_id', 'is not', null)
    .orderBy('expires_at')
    .limit(1000) // index oauth_device_codes_expiry
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', untakenDeviceCodes).execute()
}

/**
 * Deletes grants that were revoked 30 days ago, and at most a thousand that had no token or code
 * for 90 days. Until then a grant remembers the decision of its user. `refreshDays`: how long a
 * refresh token outlives its last use.
 */
export async function deleteDeadGrants(db: Db, refreshDays: number): Promise<void> {
  await db
    .deleteFrom('oauth_grants')
    .where(sql<boolean>`revoked_at < now() - interval '30 days'`)
    .execute()
  const deadGrants = db
    .selectFrom('oauth_grants as g')
    .select('g.grant_id')
    .where(
      sql<boolean>`greatest(g.last_used_at, g.created_at)
        < now() - make_interval(days => ${90 + refreshDays})`
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('oauth_tokens as t')
            .select('t.token_id')
            .whereRef('t.grant_id', '=', 'g.grant_id')
        )
      )
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('oauth_authorization_codes as a')
            .select('a.code_hash')
            .whereRef('a.grant_id', '=', 'g.grant_id')
        )
      )
    )
    .limit(1000)
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', deadGrants).execute()
}

/** The number of unrevoked grants of an app; MAX_COUNTED stands for that many or more. */
export function countLiveGrants(db: Db, clientId: string): Promise<number> {
  return countRows(
    db,
    db
      .selectFrom('oauth_grants')
      .select('grant_id')
      .where('client_id', '=', clientId)
      .where('revoked_at', 'is', null)
  )
}
