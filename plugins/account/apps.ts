import type { Db } from '../../db/connection/connect.ts'
import { findClient } from '../../db/oauth/clients.ts'
import {
  type AppInstallation,
  type InstalledApp,
  listInstallations,
  listInstalledApps
} from '../../db/oauth/connected-apps.ts'
import { limitScope, narrowScope } from '../../tools/scopes.ts'
import type { Pages } from '../consent-views/page-data.ts'
import { type AccountView, groupTitles, listLink } from './view.ts'

/** How many entries the page lists before "Show more". */
const APPS_PER_PAGE = 20
const INSTALLATIONS_PER_APP = 5
const INSTALLATIONS_PER_PAGE = 50

type AccountApps = Pick<Pages['account'], 'apps' | 'appLinks'>
type AccountApp = AccountApps['apps'][number]

/** Each app once with its newest installations (grants), or one app with a page of them. */
export async function listAccountApps(
  db: Db,
  userId: string,
  view: AccountView
): Promise<AccountApps> {
  return view.app === undefined
    ? listAllApps(db, userId, view.apps ?? 0)
    : listOneApp(db, userId, view.app, view.after)
}

async function listAllApps(db: Db, userId: string, offset: number): Promise<AccountApps> {
  const installedApps = await listInstalledApps(db, userId, { limit: APPS_PER_PAGE + 1, offset })
  const apps = await Promise.all(
    installedApps.slice(0, APPS_PER_PAGE).map((installedApp) => newestOf(db, userId, installedApp))
  )
  const nextLink = listLink({ apps: String(offset + APPS_PER_PAGE) }, 'apps')
  return {
    apps,
    appLinks: {
      ...(offset > 0 && { all: '/account#apps' }),
      ...(installedApps.length > APPS_PER_PAGE && { more: nextLink })
    }
  }
}

async function newestOf(db: Db, userId: string, installedApp: InstalledApp): Promise<AccountApp> {
  const installations = await listInstallations(db, userId, installedApp.client_id, {
    limit: INSTALLATIONS_PER_APP + 1
  })
  const nextLink = listLink({ app: installedApp.client_id }, 'apps')
  return accountApp(installedApp, installations, INSTALLATIONS_PER_APP, () => nextLink)
}

async function listOneApp(
  db: Db,
  userId: string,
  clientId: string,
  after: string | undefined
): Promise<AccountApps> {
  const [client, installations] = await Promise.all([
    findClient(db, clientId),
    listInstallations(db, userId, clientId, { limit: INSTALLATIONS_PER_PAGE + 1, after })
  ])
  const appLinks = { all: '/account#apps' }
  if (!client || installations.length === 0) return { apps: [], appLinks }
  const installedApp = { ...client, client_scope: client.scope }
  const app = accountApp(installedApp, installations, INSTALLATIONS_PER_PAGE, (grantId) =>
    listLink({ app: clientId, after: grantId }, 'apps')
  )
  return { apps: [app], appLinks }
}

/** `nextLink`: the URL of what follows the grant. The app gets it when more than `limit` came. */
function accountApp(
  installedApp: Pick<InstalledApp, 'client_id' | 'client_name' | 'client_scope'>,
  installations: AppInstallation[],
  limit: number,
  nextLink: (grantId: string) => string
): AccountApp {
  const listed = installations.slice(0, limit)
  return {
    client_id: installedApp.client_id,
    client_name: installedApp.client_name || installedApp.client_id,
    installations: listed.map(({ scope, ...installation }) => ({
      ...installation,
      groups: groupTitles(limitScope(narrowScope(scope, installedApp.client_scope), installation))
    })),
    ...(installations.length > limit && { more: nextLink(listed.at(-1)!.grant_id) })
  }
}
