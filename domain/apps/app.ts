import { findPersonApp, listPersonApps, type PersonApp } from '../../db/oauth/person-apps.ts'
import { comparePositions, type Position } from '../../db/connection/position.ts'
import { findPersonKey, listPersonKeys, type PositionedApiKey } from '../../db/people/api-keys.ts'
import type { WriterFilter } from '../../db/connection/writers.ts'
import type { AccessLimits, ToolList } from '../../db/schema/index.ts'
import { appIdOf, isAppId, isKeyId } from '../../lib/app-id.ts'
import type { DataContext } from '../context.ts'

/** An app or an API key of a person. */
export interface App extends AccessLimits {
  /** Its id in URLs, which grants nothing. */
  app_id: string
  kind: 'client' | 'key'
  /** The client_id or key_id, as calls and memories name it. */
  source_id: string
  /** What the person calls it. */
  name: string
  /** What the app calls itself; undefined for a key. */
  own_name?: string | undefined
  /** What was granted at consent, or chosen for the key, within what the app is registered for. */
  scope: string
  client_scope?: string | undefined
  tool_list: ToolList | null
  since: Date
  last_used_at: Date | null
  expires_at: Date | null
  /** Installations that work; 1 for a key. */
  installations: number
  state: 'active' | 'expired' | 'revoked' | 'ended'
  /** The beginning of a key. */
  key_prefix?: string | undefined
  position: Position
}

export interface AppPage {
  state: 'active' | 'ended'
  limit: number
  after?: Position | undefined
}

/** A page of a person's apps and keys in one list, the newest first, and whether more follow. */
export async function listApps(
  { db, principal: { user_id: userId } }: DataContext,
  page: AppPage
): Promise<{ apps: App[]; hasMore: boolean }> {
  const fullPage = { ...page, limit: page.limit + 1 }
  const [clients, keys] = await Promise.all([
    listPersonApps(db, userId, fullPage),
    listPersonKeys(db, userId, fullPage)
  ])
  const apps = [...clients.map(appOfClient), ...keys.map(appOfKey)].toSorted((first, second) =>
    comparePositions(first.position, second.position)
  )
  return { apps: apps.slice(0, page.limit), hasMore: apps.length > page.limit }
}

/** The app or key of this person with that id, also when it ended; undefined for any other id. */
export async function findApp(
  { db, principal: { user_id: userId } }: DataContext,
  id: string
): Promise<App | undefined> {
  if (isKeyId(id)) {
    const apiKey = await findPersonKey(db, userId, id)
    return apiKey && appOfKey(apiKey)
  }
  const client = isAppId(id) ? await findPersonApp(db, userId, id) : undefined
  return client && appOfClient(client)
}

/** The writer of what the app did, as `kagura memory undo` selects it by --key or --client. */
export function writerOf({ kind, source_id: id }: Pick<App, 'kind' | 'source_id'>): WriterFilter {
  return kind === 'key' ? { key_id: id } : clientWriter(id)
}

/** A client by its id, by that of a grant, or by its name. */
export function clientWriter(client: string): WriterFilter {
  return { client_id: client, grant_id: client, name: client }
}

function limitsOf({ access, namespaces, beyond_namespaces, groups }: AccessLimits): AccessLimits {
  return { access, namespaces, beyond_namespaces, groups }
}

function appOfClient(client: PersonApp): App {
  const ownName = client.client_name || client.client_id
  const id = appIdOf(client.client_id)
  return {
    ...limitsOf(client),
    app_id: id,
    kind: 'client',
    source_id: client.client_id,
    name: client.name ?? ownName,
    own_name: ownName,
    scope: client.scope,
    client_scope: client.client_scope,
    tool_list: client.tool_list,
    since: client.connected_at,
    last_used_at: client.last_used_at,
    expires_at: null,
    installations: client.installations,
    state: client.installations > 0 ? 'active' : 'ended',
    position: { time: client.position, id }
  }
}

function appOfKey(key: PositionedApiKey): App {
  return {
    ...limitsOf(key),
    app_id: key.key_id,
    kind: 'key',
    source_id: key.key_id,
    name: key.name,
    scope: key.scope,
    tool_list: key.tool_list,
    since: key.created_at,
    last_used_at: key.last_used_at,
    expires_at: key.expires_at,
    installations: 1,
    state: key.revoked_at ? 'revoked' : key.expired ? 'expired' : 'active',
    key_prefix: key.key_prefix,
    position: { time: key.position, id: key.key_id }
  }
}
