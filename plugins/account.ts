import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listApiKeys, type ListedApiKey } from '../db/people/api-keys.ts'
import { findGithubToken } from '../db/people/github-tokens.ts'
import { findClient } from '../db/oauth/clients.ts'
import {
  type Installation,
  type InstalledApp,
  listInstallations,
  listInstalledApps
} from '../db/oauth/connected-apps.ts'
import type { Session } from '../db/people/sessions.ts'
import { groupBoxes, groups, groupsOf, groupTexts, narrowScope } from '../tools/scopes.ts'
import type { Pages } from './consent-views/page-data.ts'
import type { PageNotice } from './notices.ts'

const titles = (scope: string) => [...groupsOf(scope)].map((group) => groupTexts[group].title)

/** What is shown of each list before "Show more". */
const APPS = 20
const INSTALLATIONS = 5
const INSTALLATIONS_OF_ONE = 50
const KEYS = 50
const ENDED_KEYS = 10

/** Which part of the lists a person looks at: the query of the page. */
export interface AccountView {
  /** Only the installations of this app, behind this one. */
  app?: string | undefined
  after?: string | undefined
  /** How many apps come before those shown. */
  apps?: number | undefined
  /** Keys that can be used, behind this one. */
  keys?: string | undefined
  /** Keys that ended, behind this one. */
  ended?: string | undefined
}

type AccountApps = Pick<Pages['account'], 'apps' | 'appLinks'>
type AccountKeys = Pick<Pages['account'], 'keys' | 'endedKeys' | 'keyLinks'>

function installationOf(
  { scope, ...installation }: Installation,
  { client_scope: limit }: InstalledApp
): Pages['account']['apps'][number]['installations'][number] {
  return { ...installation, groups: titles(narrowScope(scope, limit)) }
}

/** A link to the part of a list that follows; `anchor`: the section that it is in. */
function pageLink(query: Record<string, string>, anchor: string): string {
  return `/?${new URLSearchParams(query).toString()}#${anchor}`
}

/** Each app once, with its newest installations: a grant is one of them. */
async function connectedApps(
  app: FastifyInstance,
  userId: string,
  view: AccountView
): Promise<AccountApps> {
  if (view.app !== undefined) return installationsOfOne(app, userId, view.app, view.after)
  const offset = view.apps ?? 0
  const found = await listInstalledApps(app.db, userId, { limit: APPS + 1, offset })
  const apps = await Promise.all(
    found.slice(0, APPS).map(async (one) => {
      const page = { limit: INSTALLATIONS + 1 }
      const installations = await listInstallations(app.db, userId, one.client_id, page)
      return {
        client_id: one.client_id,
        client_name: one.client_name || one.client_id,
        installations: installations
          .slice(0, INSTALLATIONS)
          .map((each) => installationOf(each, one)),
        ...(installations.length > INSTALLATIONS && {
          more: pageLink({ app: one.client_id }, 'apps')
        })
      }
    })
  )
  const more = pageLink({ apps: String(offset + APPS) }, 'apps')
  return {
    apps,
    appLinks: { ...(offset > 0 && { all: '/#apps' }), ...(found.length > APPS && { more }) }
  }
}

async function installationsOfOne(
  app: FastifyInstance,
  userId: string,
  clientId: string,
  after: string | undefined
): Promise<AccountApps> {
  const page = { limit: INSTALLATIONS_OF_ONE + 1, after }
  const [client, found] = await Promise.all([
    findClient(app.db, clientId),
    listInstallations(app.db, userId, clientId, page)
  ])
  const appLinks = { all: '/#apps' }
  if (!client || found.length === 0) return { apps: [], appLinks }
  const { client_name: name, scope } = client
  const one = { client_id: clientId, client_name: name || clientId, client_scope: scope }
  const installations = found.slice(0, INSTALLATIONS_OF_ONE)
  const next = { app: clientId, after: installations.at(-1)!.grant_id }
  return {
    apps: [
      {
        client_id: clientId,
        client_name: one.client_name,
        installations: installations.map((each) => installationOf(each, one)),
        ...(found.length > INSTALLATIONS_OF_ONE && { more: pageLink(next, 'apps') })
      }
    ],
    appLinks
  }
}

function keyOf({
  key_id: id,
  name,
  key_prefix: prefix,
  scope,
  ...key
}: ListedApiKey): AccountKeys['keys'][number] {
  return {
    key_id: id,
    name,
    key_prefix: prefix,
    groups: titles(scope),
    created_at: key.created_at,
    last_used_at: key.last_used_at,
    expires_at: key.expires_at,
    status: key.revoked_at ? 'revoked' : key.expired ? 'expired' : 'active'
  }
}

/** Keys that can be used, and the newest of those that ended. */
async function apiKeys(
  app: FastifyInstance,
  userId: string,
  view: AccountView
): Promise<AccountKeys> {
  const atMost = view.ended === undefined ? ENDED_KEYS : KEYS
  const [active, ended] = await Promise.all([
    listApiKeys(
      app.db,
      { user_id: userId, state: 'active' },
      { limit: KEYS + 1, after: view.keys }
    ),
    listApiKeys(
      app.db,
      { user_id: userId, state: 'ended' },
      { limit: atMost + 1, after: view.ended }
    )
  ])
  const [keys, endedKeys] = [active.slice(0, KEYS), ended.slice(0, atMost)]
  return {
    keys: keys.map(keyOf),
    endedKeys: endedKeys.map(keyOf),
    keyLinks: {
      isFolded: view.ended === undefined,
      ...((view.keys ?? view.ended) !== undefined && { all: '/#keys' }),
      ...(active.length > KEYS && { more: pageLink({ keys: keys.at(-1)!.key_id }, 'keys') }),
      ...(ended.length > atMost && {
        moreEnded: pageLink({ ended: endedKeys.at(-1)!.key_id }, 'keys')
      })
    }
  }
}

/** Answers a form of the account page: back to it, where the notice is shown once. */
export async function backToAccount(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  notice: PageNotice
): Promise<FastifyReply> {
  await app.notices.leave(session, 'account', notice)
  return reply.header('cache-control', 'no-store').redirect('/', 303)
}

/**
 * What is connected to a person's memory, with the means to end it, and what the last form brought.
 */
export async function accountPage(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  view: AccountView = {}
): Promise<FastifyReply> {
  const {
    status = 200,
    retryAfter,
    ...left
  } = (await app.notices.take(request, session, 'account')) ?? {}
  const newKey = await app.notices.take(request, session, 'new-key')
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const [apps, keys, github] = await Promise.all([
    connectedApps(app, session.user_id, view),
    apiKeys(app, session.user_id, view),
    findGithubToken(app.db, session.user_id)
  ])
  return reply.page(
    'account',
    {
      user: { name: session.name, email: session.email, role: session.role },
      mcpUrl: app.mcpUrl,
      keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
      registration: app.config.DYNAMIC_REGISTRATION,
      csrf: app.auth.csrf(session),
      keyForm: crypto.randomUUID(),
      keyGroups: groupBoxes(groups, session.role),
      historyDays: app.config.TOOL_HISTORY ? app.config.TOOL_HISTORY_DAYS : 0,
      ...apps,
      ...keys,
      ...(github && {
        github: {
          token_end: github.token_end,
          created_at: github.created_at,
          last_used_at: github.last_used_at
        }
      }),
      ...left,
      ...(newKey && { newKey })
    },
    status
  )
}
