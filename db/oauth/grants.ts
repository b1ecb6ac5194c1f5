import { type Insertable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isConnected } from './living-grants.ts'
import type { OauthGrantsTable } from '../schema/index.ts'

export interface EndedGrant {
  grant_id: string
  user_id: string
  client_id: string
}

export async function insertGrant(db: Db, grant: Insertable<OauthGrantsTable>): Promise<string> {
  const { grant_id: grantId } = await db
    .insertInto('oauth_grants')
    .values(grant)
    .returning('grant_id')
    .executeTakeFirstOrThrow()
  return grantId
}

/** A consent page that was answered: what it had boxes for, and what was ticked. */
export interface ConsentAnswer {
  offered_scope: string
  scope: string
  /** The person, or the end of the app, took the approval back. */
  revoked_at: Date | null
}

/**
 * How this person answered the newest consent pages of this app, the last first; at most 100.
 * Index oauth_grants_user.
 */
export async function listConsentAnswers(
  db: Db,
  userId: string,
  clientId: string
): Promise<ConsentAnswer[]> {
  const newest = db
    .selectFrom('oauth_grants')
    .select(['offered_scope', 'scope', 'revoked_at', 'created_at'])
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .orderBy('created_at', 'desc')
    .limit(100)
  return db
    .selectFrom(newest.as('g'))
    .select((row) => [
      row.ref('g.offered_scope').$notNull().as('offered_scope'),
      'g.scope',
      'g.revoked_at'
    ])
    .where('g.offered_scope', 'is not', null)
    .orderBy('g.created_at', 'desc')
    .execute()
}

/** Installations that are counted for a question; nobody has more. */
const MAX_INSTALLATIONS = 10_000

/** An app that is connected still, and how many installations of those meant would be ended. */
export function findInstalledApp(
  db: Db,
  userId: string,
  of: { grant_ids: string[] } | { client_id: string }
): Promise<{ client_id: string; client_name: string; installations: number } | undefined> {
  const grants = db
    .selectFrom('oauth_grants')
    .select(['grant_id', 'client_id'])
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where(
      'grant_ids' in of
        ? sql<boolean>`grant_id = any(${of.grant_ids}::text[])`
        : sql<boolean>`client_id = ${of.client_id}`
    )
    .limit(MAX_INSTALLATIONS)
  return db
    .selectFrom(grants.as('g'))
    .innerJoin('oauth_clients as c', 'c.client_id', 'g.client_id')
    .select(['g.client_id', 'c.client_name'])
    .select(sql<number>`count(*) filter (where ${isConnected})::int`.as('installations'))
    .groupBy(['g.client_id', 'c.client_name'])
    .executeTakeFirst()
}

/**
 * Ends everything under the grant; undefined when there is no such live grant (of that user, if one
 * is named).
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

/** Ends all live grants of a user, of a client, or of both together; returns them. */
export function revokeGrants(
  db: Db,
  of: { user_id?: string; client_id?: string },
  reason: string
): Promise<EndedGrant[]> {
  return db
    .updateTable('oauth_grants')
    .set({ revoked_at: sql`now()`, revoked_reason: reason })
    .where('revoked_at', 'is', null)
    .$if(of.user_id !== undefined, (query) => query.where('user_id', '=', of.user_id!))
    .$if(of.client_id !== undefined, (query) => query.where('client_id', '=', of.client_id!))
    .returning(['grant_id', 'user_id', 'client_id'])
    .execute()
}

/**
 * Deletes grants whose code was never taken up and can be no more, with the code: nothing ever
 * lived under them. A thousand of each kind at most.
 */
export async function deleteUntakenGrants(db: Db): Promise<void> {
  const codes = db
    .selectFrom('oauth_authorization_codes')
    .select('grant_id')
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .where('used_at', 'is', null)
    .orderBy('expires_at')
    .limit(1000) // index oauth_authorization_codes_expiry
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', codes).execute()
  const deviceCodes = db
    .selectFrom('oauth_device_codes')
    .select('grant_id')
    .where('expires_at', '<', sql<Date>`now() - interval '1 hour'`)
    .where('used_at', 'is', null)
    .where('grant_id', 'is not', null)
    .orderBy('expires_at')
    .limit(1000) // index oauth_device_codes_expiry
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', deviceCodes).execute()
}

/**
 * Deletes grants that ended 30 days ago, and a thousand at most that nothing has lived under for 90
 * days. Until then they remember what a person let a client have. `refreshDays`: how long a refresh
 * token outlives its last use.
 */
export async function deleteDeadGrants(db: Db, refreshDays: number): Promise<void> {
  await db
    .deleteFrom('oauth_grants')
    .where(sql<boolean>`revoked_at < now() - interval '30 days'`)
    .execute()
  const dead = db
    .selectFrom('oauth_grants as g')
    .select('g.grant_id')
    .where(
      sql<boolean>`greatest(g.last_used_at, g.created_at) < now() - make_interval(days => ${90 + refreshDays})`
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
  await db.deleteFrom('oauth_grants').where('grant_id', 'in', dead).execute()
}

/** How many grants of an app are not revoked. */
export async function countLiveGrants(db: Db, clientId: string): Promise<number> {
  const { count } = await db
    .selectFrom('oauth_grants')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}
