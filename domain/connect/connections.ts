import { findFirstCall } from '../../db/audit/tool-calls.ts'
import { type AppUse, listAppUses } from '../../db/oauth/connected-apps.ts'
import { listApiKeys } from '../../db/people/api-keys.ts'
import type { DataContext } from '../context.ts'
import { type ClientId, connectClients, namedClient } from './clients.ts'

/** Apps and keys, each, that count. */
const MAX_CONNECTIONS = 100

/** An app that a person connected, or a key that works. */
export interface Connection {
  kind: 'app' | 'key'
  /** client_id or key_id. */
  id: string
  name: string
  client: ClientId
  connected_at: Date
  last_used_at: Date | null
}

/** The newest apps and keys of a person: at most 100 of each. */
export async function listConnections({ db, principal }: DataContext): Promise<Connection[]> {
  const [apps, keys] = await Promise.all([
    listAppUses(db, principal.user_id, MAX_CONNECTIONS),
    listApiKeys(db, { user_id: principal.user_id, state: 'active' }, { limit: MAX_CONNECTIONS })
  ])
  return [
    ...apps.map(appConnection),
    ...keys.map((key) => ({
      kind: 'key' as const,
      id: key.key_id,
      name: key.name,
      client: namedClient(key.name) ?? ('scripts' as const),
      connected_at: key.created_at,
      last_used_at: key.last_used_at
    }))
  ]
}

function appConnection(app: AppUse): Connection {
  const name = app.client_name || app.client_id
  return {
    kind: 'app',
    id: app.client_id,
    name,
    client: namedClient(name) ?? 'other',
    connected_at: app.connected_at,
    last_used_at: app.last_used_at
  }
}

/**
 * Whether it has reached the memory: an app has with its sign-in, a key only with its first use.
 */
export function hasConnected({ kind, last_used_at: lastUse }: Connection): boolean {
  return kind === 'app' || lastUse !== null
}

/** The last use among the connections, or null. */
export function lastUseOf(connections: Connection[]): Date | null {
  const uses = connections.flatMap(({ last_used_at: lastUse }) => lastUse ?? [])
  return uses.reduce<Date | null>(
    (latest, use) => (latest === null || use > latest ? use : latest),
    null
  )
}

/** How far a client is: never connected, connected and not used, or used. */
export interface ClientState {
  client: ClientId
  connected: boolean
  lastUsedAt: Date | null
}

/** The state of every client, in the order of the page. */
export function clientStates(connections: Connection[]): ClientState[] {
  return connectClients.map(({ id }) => {
    const matching = connections.filter(({ client }) => client === id)
    return { client: id, connected: matching.some(hasConnected), lastUsedAt: lastUseOf(matching) }
  })
}

/** What happened with a client since the person opened its page. */
export type Watched =
  | { phase: 'waiting'; hasKey: boolean }
  | { phase: 'connected'; since: Date; lastUsedAt: Date | null }
  | { phase: 'called'; tool: string; succeeded: boolean; calledAt: Date }

/** Looks for the connection of a client and for its first call since then. */
export async function watchClient(
  context: DataContext,
  client: ClientId,
  since: Date
): Promise<Watched> {
  const matching = (await listConnections(context)).filter(
    (connection) => connection.client === client
  )
  const idsOf = (kind: Connection['kind']) =>
    matching.filter((connection) => connection.kind === kind).map(({ id }) => id)
  const callers = { client_ids: idsOf('app'), key_ids: idsOf('key') }
  const call =
    matching.length > 0
      ? await findFirstCall(context.db, context.principal.user_id, callers, since)
      : undefined
  if (call) {
    return {
      phase: 'called',
      tool: call.tool,
      succeeded: call.outcome === 'ok',
      calledAt: call.called_at
    }
  }
  const connected = matching.find(hasConnected)
  if (!connected) return { phase: 'waiting', hasKey: matching.length > 0 }
  return {
    phase: 'connected',
    since: connected.connected_at,
    lastUsedAt: lastUseOf(matching)
  }
}
