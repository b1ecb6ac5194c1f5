import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isBehindPosition, type Position, positionTime } from '../connection/position.ts'
import type { AccessLimits, ToolList } from '../schema/index.ts'
import { grantLimitColumns, isConnected } from './conditions.ts'
import { selectPersonClients } from './person-clients.ts'

/** An app of a person with its newest installation. */
export interface PersonApp extends AccessLimits {
  app_id: string
  client_id: string
  /** The app's own name. */
  client_name: string
  client_scope: string
  /** What the person calls it. */
  name: string | null
  tool_list: ToolList | null
  /** The scope that the person granted to the newest installation. */
  scope: string
  /** When the newest installation was approved: as a time, and as the position in the list. */
  connected_at: Date
  position: string
  /** Installations that work; at most 500. */
  installations: number
  last_used_at: Date | null
}

/** Installations of one app that are examined. */
const MAX_GRANTS = 500

/** The id that `appIdOf` gives a client. */
const appId = sql<string>`left(encode(sha256(convert_to(c.client_id, 'UTF8')), 'hex'), 32)`

/** The newest grants of the app `c`, and whether each is a connection. */
function selectGrants(db: Db, userId: string) {
  return db
    .selectFrom('oauth_grants as g')
    .selectAll('g')
    .select(sql<boolean>`g.revoked_at is null and ${isConnected}`.as('connected'))
    .where('g.user_id', '=', userId)
    .where('g.client_id', '=', sql.ref<string>('c.client_id'))
    .orderBy('g.created_at', 'desc')
    .orderBy('g.grant_id', 'desc')
    .limit(MAX_GRANTS)
}

function selectPersonApps(db: Db, userId: string) {
  const grants = selectGrants(db, userId)
  const newestGrant = db
    .selectFrom(grants.as('g'))
    .select(['g.scope', 'g.created_at', 'g.connected', ...grantLimitColumns])
    .orderBy('g.connected', 'desc')
    .orderBy('g.created_at', 'desc')
    .limit(1)
  const use = db
    .selectFrom(grants.as('g'))
    .select([
      sql<number>`count(*) filter (where g.connected)::int`.as('installations'),
      sql<Date | null>`max(g.last_used_at)`.as('last_used_at')
    ])
  return selectPersonClients(db, userId)
    .leftJoin('app_choices as k', (join) =>
      join.onRef('k.client_id', '=', 'c.client_id').on('k.user_id', '=', userId)
    )
    .innerJoinLateral(newestGrant.as('n'), (join) => join.onTrue())
    .innerJoinLateral(use.as('u'), (join) => join.onTrue())
    .select([
      appId.as('app_id'),
      'c.client_id',
      'c.client_name',
      'c.scope as client_scope',
      'k.name',
      'k.tool_list',
      'n.scope',
      'n.access',
      'n.namespaces',
      'n.beyond_namespaces',
      'n.groups',
      'n.created_at as connected_at',
      positionTime(connectedAt).as('position'),
      'u.installations',
      'u.last_used_at'
    ])
}

const connectedAt = sql<Date>`n.created_at`

/** The apps that work, or those that ended, the most recently connected first. */
export function listPersonApps(
  db: Db,
  userId: string,
  {
    state,
    limit,
    after
  }: { state: 'active' | 'ended'; limit: number; after?: Position | undefined }
): Promise<PersonApp[]> {
  return selectPersonApps(db, userId)
    .where('n.connected', '=', state === 'active')
    .$if(after !== undefined, (query) => query.where(isBehindPosition(connectedAt, appId, after!)))
    .orderBy('n.created_at', 'desc')
    .orderBy(appId, 'desc')
    .limit(limit)
    .execute()
}

/** The app of this person with that id, also when it ended. */
export function findPersonApp(db: Db, userId: string, id: string): Promise<PersonApp | undefined> {
  return selectPersonApps(db, userId).where(appId, '=', id).executeTakeFirst()
}
