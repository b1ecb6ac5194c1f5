import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { AccessLimits } from '../schema/index.ts'
import { grantLimitColumns, isConnected } from './conditions.ts'
import { countRows, type Page } from '../connection/page.ts'
import { selectPersonClients } from './person-clients.ts'

/** One installation of an app: a grant with a token that can still be used or refreshed. */
export interface AppInstallation extends AccessLimits {
  grant_id: string
  scope: string
  redirect_origin: string | null
  created_at: Date
  last_used_at: Date | null
  /** Where the person, or the device, was at the approval. */
  ip_address: string | null
  user_agent: string | null
  /**
   * When the app was last connected from the same origin, if this installation was not used since.
   */
  unused_since: Date | null
}

/** An app that a user has connected at least once. */
export interface InstalledApp {
  client_id: string
  client_name: string
  client_scope: string
}

/** An installation with its app and user, as an operator sees it. */
export interface ConnectedApp
  extends InstalledApp, Omit<AppInstallation, 'unused_since' | 'ip_address' | 'user_agent'> {
  user_id: string
  email: string
}

/** Grants of one app that are examined for one page of installations. */
const MAX_EXAMINED_INSTALLATIONS = 500

/** Whether the row `g` of oauth_grants comes after the last row of the previous page. */
function isBehindGrant(grantId: string): RawBuilder<boolean> {
  return sql<boolean>`(g.created_at, g.grant_id) < (
    select created_at, grant_id from oauth_grants where grant_id = ${grantId})`
}

/** When the same app was last connected from the same origin. */
const lastConnected = sql<Date | null>`(select n.created_at from oauth_grants n
  where n.user_id = g.user_id and n.client_id = g.client_id and n.revoked_at is null
    and n.redirect_origin is not distinct from g.redirect_origin
    and exists (select from oauth_tokens t where t.grant_id = n.grant_id)
  order by n.created_at desc limit 1)`

/**
 * Selects the installations of one app of a user, newest first. `clientId` is a value or a column
 * of the outer query.
 */
function selectInstallations(
  db: Db,
  {
    userId,
    clientId,
    page,
    redirectOrigin
  }: { userId: string; clientId: RawBuilder<string>; page: Page; redirectOrigin?: string }
) {
  const newestGrants = db
    .selectFrom('oauth_grants as g')
    .selectAll() // index oauth_grants_user
    .where('g.user_id', '=', userId)
    .where('g.client_id', '=', clientId)
    .where('g.revoked_at', 'is', null)
    .$if(redirectOrigin !== undefined, (query) =>
      query.where('g.redirect_origin', '=', redirectOrigin!)
    )
    .$if(page.after !== undefined, (query) => query.where(isBehindGrant(page.after!)))
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(MAX_EXAMINED_INSTALLATIONS)
  return db
    .selectFrom(newestGrants.as('g'))
    .where(isConnected)
    .select([
      'g.grant_id',
      'g.scope',
      'g.redirect_origin',
      'g.created_at',
      'g.last_used_at',
      'g.ip_address',
      'g.user_agent',
      ...grantLimitColumns
    ])
    .select(
      sql<Date | null>`(select l.at from (select ${lastConnected} as at) l
      where greatest(g.created_at, g.last_used_at) < l.at)`.as('unused_since')
    )
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(page.limit)
}

/** The installations of one app of this user, newest first. */
export function listInstallations(
  db: Db,
  userId: string,
  clientId: string,
  page: Page
): Promise<AppInstallation[]> {
  return selectInstallations(db, { userId, clientId: sql.val(clientId), page }).execute()
}

/** The installations of one app whose redirects go to one origin, newest first. */
export function listInstallationsAt(
  db: Db,
  place: { user_id: string; client_id: string; redirect_origin: string },
  limit: number
): Promise<AppInstallation[]> {
  return selectInstallations(db, {
    userId: place.user_id,
    clientId: sql.val(place.client_id),
    page: { limit },
    redirectOrigin: place.redirect_origin
  }).execute()
}

/** An app of a user: when it was last connected, and last used. */
export interface AppUse {
  client_id: string
  client_name: string
  connected_at: Date
  last_used_at: Date | null
}

/** Installations of one app among which its last use is sought. */
const MAX_USED_INSTALLATIONS = 20

/** When the apps of this user were last connected and used, the last connected first. */
export function listAppUses(db: Db, userId: string, limit: number): Promise<AppUse[]> {
  const newestInstallations = selectInstallations(db, {
    userId,
    clientId: sql.ref('c.client_id'),
    page: { limit: MAX_USED_INSTALLATIONS }
  })
  const lastUse = db
    .selectFrom(newestInstallations.as('i'))
    .select([
      sql<Date>`max(i.created_at)`.as('connected_at'),
      sql<Date | null>`max(i.last_used_at)`.as('last_used_at')
    ])
  return selectPersonClients(db, userId)
    .innerJoinLateral(lastUse.as('n'), (join) => join.onTrue())
    .where('n.connected_at', 'is not', null)
    .select(['c.client_id', 'c.client_name', 'n.connected_at', 'n.last_used_at'])
    .orderBy('n.connected_at', 'desc')
    .orderBy('c.client_id')
    .limit(limit)
    .execute()
}

/** Restricts grants to one user, one app, or both. */
export interface GrantFilter {
  user_id?: string
  client_id?: string
}

function selectConnectedApps(db: Db, filter: GrantFilter) {
  return db
    .selectFrom('oauth_grants as g')
    .innerJoin('oauth_clients as c', 'c.client_id', 'g.client_id')
    .innerJoin('users as u', 'u.user_id', 'g.user_id')
    .where('g.revoked_at', 'is', null)
    .where(isConnected)
    .$if(filter.user_id !== undefined, (query) => query.where('g.user_id', '=', filter.user_id!))
    .$if(filter.client_id !== undefined, (query) =>
      query.where('g.client_id', '=', filter.client_id!)
    )
}

/** The installations of connected apps, newest first. */
export function listConnectedApps(
  db: Db,
  filter: GrantFilter,
  { limit, after }: Page
): Promise<ConnectedApp[]> {
  return selectConnectedApps(db, filter)
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
      'g.last_used_at',
      ...grantLimitColumns
    ])
    .$if(after !== undefined, (query) => query.where(isBehindGrant(after!)))
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(limit)
    .execute()
}

/** The number of installations; MAX_COUNTED stands for that many or more. */
export function countConnectedApps(db: Db, filter: GrantFilter): Promise<number> {
  return countRows(db, selectConnectedApps(db, filter).select('g.grant_id'))
}
