import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isConnected } from './living-grants.ts'
import { MAX_COUNTED, type Page } from '../connection/page.ts'

/** One installation of an app: a grant with a token that can still be used or refreshed. */
export interface Installation {
  grant_id: string
  scope: string
  redirect_origin: string | null
  created_at: Date
  last_used_at: Date | null
  /** When the app was last connected from the same place, if this one was not used since. */
  unused_since: Date | null
}

export interface InstalledApp {
  client_id: string
  client_name: string
  client_scope: string
}

/** What an operator sees of a connected app. */
export interface ConnectedApp extends InstalledApp, Omit<Installation, 'unused_since'> {
  user_id: string
  email: string
}

/** Grants of one app that are looked at for the installations of one page. */
const NEWEST = 500

/** Apps of one person, whichever, among which the newest are looked for. */
const MAX_APPS = 500

/** Whether a row of oauth_grants, named `g`, stands behind the one that ended the page before. */
function isAfter(grantId: string): RawBuilder<boolean> {
  return sql<boolean>`(g.created_at, g.grant_id) < (
    select created_at, grant_id from oauth_grants where grant_id = ${grantId})`
}

/** When the same app was last connected from the same place. */
const lastConnected = sql<Date | null>`(select n.created_at from oauth_grants n
  where n.user_id = g.user_id and n.client_id = g.client_id and n.revoked_at is null
    and n.redirect_origin is not distinct from g.redirect_origin
    and exists (select from oauth_tokens t where t.grant_id = n.grant_id)
  order by n.created_at desc limit 1)`

/** The installations of one app of a person, newest first: what the columns of a row name. */
function installations(
  db: Db,
  of: {
    userId: string
    clientId: RawBuilder<string>
    page: Page
    redirectOrigin?: string
  }
) {
  const { userId, clientId, page, redirectOrigin } = of
  const newest = db
    .selectFrom('oauth_grants as g')
    .selectAll() // index oauth_grants_user
    .where('g.user_id', '=', userId)
    .where('g.client_id', '=', clientId)
    .where('g.revoked_at', 'is', null)
    .$if(redirectOrigin !== undefined, (query) =>
      query.where('g.redirect_origin', '=', redirectOrigin!)
    )
    .$if(page.after !== undefined, (query) => query.where(isAfter(page.after!)))
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(NEWEST)
  return db
    .selectFrom(newest.as('g'))
    .where(isConnected)
    .select(['g.grant_id', 'g.scope', 'g.redirect_origin', 'g.created_at', 'g.last_used_at'])
    .select(
      sql<Date | null>`(select l.at from (select ${lastConnected} as at) l
      where greatest(g.created_at, g.last_used_at) < l.at)`.as('unused_since')
    )
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(page.limit)
}

/** The installations of one app of this person, newest first. */
export function listInstallations(
  db: Db,
  userId: string,
  clientId: string,
  page: Page
): Promise<Installation[]> {
  return installations(db, { userId, clientId: sql.val(clientId), page }).execute()
}

/** The same, of those that answer to one place: a scheme and host. */
export function listInstallationsAt(
  db: Db,
  at: { user_id: string; client_id: string; redirect_origin: string },
  limit: number
): Promise<Installation[]> {
  const { user_id: userId, client_id: clientId, redirect_origin: redirectOrigin } = at
  const of = { userId, clientId: sql.val(clientId), page: { limit }, redirectOrigin }
  return installations(db, of).execute()
}

/** The apps that this person has connected, the one that was connected last first. */
export function listInstalledApps(
  db: Db,
  userId: string,
  { limit, offset }: { limit: number; offset: number }
): Promise<InstalledApp[]> {
  const newest = installations(db, { userId, clientId: sql.ref('c.client_id'), page: { limit: 1 } })
  return (
    db
      // Steps from one app to the next in the index, however many grants each of them has.
      .withRecursive('apps(client_id)', (cte) =>
        cte.selectNoFrom(nextApp(userId).as('client_id')).unionAll(
          cte
            .selectFrom('apps')
            .where('client_id', 'is not', null)
            .select(nextApp(userId, sql.ref('apps.client_id')).as('client_id'))
        )
      )
      .selectFrom((from) => from.selectFrom('apps').select('client_id').limit(MAX_APPS).as('a'))
      .innerJoin('oauth_clients as c', 'c.client_id', 'a.client_id')
      .innerJoinLateral(newest.as('n'), (join) => join.onTrue())
      .select(['c.client_id', 'c.client_name', 'c.scope as client_scope'])
      .orderBy('n.created_at', 'desc')
      .orderBy('c.client_id')
      .limit(limit)
      .offset(offset)
      .execute()
  )
}

function nextApp(userId: string, after?: RawBuilder<unknown>): RawBuilder<string | null> {
  return sql<string | null>`(select client_id from oauth_grants where user_id = ${userId}
    ${after === undefined ? sql`` : sql`and client_id > ${after}`} order by client_id limit 1)`
}

/** Of one person or of all, of one app or of all. */
export interface WhichGrants {
  user_id?: string
  client_id?: string
}

function connectedApps(db: Db, of: WhichGrants) {
  return db
    .selectFrom('oauth_grants as g')
    .innerJoin('oauth_clients as c', 'c.client_id', 'g.client_id')
    .innerJoin('users as u', 'u.user_id', 'g.user_id')
    .where('g.revoked_at', 'is', null)
    .where(isConnected)
    .$if(of.user_id !== undefined, (query) => query.where('g.user_id', '=', of.user_id!))
    .$if(of.client_id !== undefined, (query) => query.where('g.client_id', '=', of.client_id!))
}

/** The installations of connected apps, newest first. */
export function listConnectedApps(
  db: Db,
  of: WhichGrants,
  { limit, after }: Page
): Promise<ConnectedApp[]> {
  return connectedApps(db, of)
    .select([
      'g.grant_id',
      'g.user_id',
      'u.email',
      'g.client_id',
      'c.client_name',
      'c.scope as client_scope',
      'g.scope',
      'g.redirect_origin',
      'g.created_at',
      'g.last_used_at'
    ])
    .$if(after !== undefined, (query) => query.where(isAfter(after!)))
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(limit)
    .execute()
}

/** How many installations there are; MAX_COUNTED stands for that or more. */
export async function countConnectedApps(db: Db, of: WhichGrants): Promise<number> {
  const grants = connectedApps(db, of).select('g.grant_id').limit(MAX_COUNTED)
  const { count } = await db
    .selectFrom(grants.as('g'))
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
