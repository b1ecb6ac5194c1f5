import { listAuditLogs } from '../../db/audit/audit-logs.ts'
import { countWaitingMemories } from '../../db/memory/embedding-queue.ts'
import { listMemories } from '../../db/memory/memories.ts'
import { findMemoryUsage, type MemoryUsage } from '../../db/memory/usage.ts'
import { listExpiringKeys } from '../../db/people/api-keys.ts'
import { type Reach, reachOf } from '../../lib/public-url.ts'
import { hasConnected, lastUseOf, listConnections } from '../connect/connections.ts'
import type { CallContext } from '../context.ts'

const RECENT_MEMORIES = 5
/** Characters of a value in the list. */
const VALUE_LIMIT = 200
const EXPIRY_DAYS = 7
const MAX_EXPIRING_KEYS = 3
const BACKUP_DAYS = 14
/** With fewer memories than this there is little to lose. */
const MIN_MEMORIES_TO_BACK_UP = 10
/** Fewer memories than this are embedded within seconds. */
const MIN_MEMORIES_BEHIND = 50

export interface Home {
  usage: MemoryUsage
  /** Apps and keys that work, at most 100 of each. */
  connections: number
  lastUsedAt: Date | null
  recent: RecentMemory[]
  /** Absent once everything is done. */
  checklist?: Checklist
  warnings: HomeWarnings
}

export interface RecentMemory {
  memory_id: string
  key: string
  agent_name: string
  /** The beginning. */
  value: string
  updated_at: Date
}

/** The steps of a newcomer: connect an app, tell it something, see it here. */
export interface Checklist {
  connected: boolean
  told: boolean
}

export interface HomeWarnings {
  /** From where clients reach the server, if not from everywhere. */
  reach?: Exclude<Reach, 'internet'>
  expiring: Array<{ key_id: string; name: string; expires_at: Date }>
  /** Memories that search by meaning does not find yet. */
  behind: number
  /** An administrator should back up: when it was done last, null for never. */
  backup?: { last: Date | null }
}

type HomeContext = Pick<CallContext, 'db' | 'principal' | 'publicUrl' | 'embedder'>

/**
 * What the first page shows. Its cost does not grow with the memories. `keepChecklist`: a page that
 * is open shows its last tick.
 */
export async function readHome(context: HomeContext, keepChecklist: boolean): Promise<Home> {
  const {
    db,
    principal: { user_id: userId }
  } = context
  const [usage, connections, recent, warnings, backup] = await Promise.all([
    findMemoryUsage(db, userId),
    listConnections(context),
    listMemories(db, userId, { limit: RECENT_MEMORIES, valueLimit: VALUE_LIMIT }),
    findWarnings(context),
    findOldBackup(context)
  ])
  const checklist = { connected: connections.some(hasConnected), told: recent.length > 0 }
  const isDone = checklist.connected && checklist.told
  return {
    usage,
    connections: connections.length,
    lastUsedAt: lastUseOf(connections),
    recent: recent.map(({ memory_id, key, agent_name, value, updated_at }) => ({
      memory_id,
      key,
      agent_name,
      value,
      updated_at
    })),
    ...((!isDone || keepChecklist) && { checklist }),
    warnings: usage.memories >= MIN_MEMORIES_TO_BACK_UP ? { ...warnings, ...backup } : warnings
  }
}

/** The last backup where it is missing or old, for those who can make one. */
async function findOldBackup({
  db,
  principal: { role }
}: HomeContext): Promise<Pick<HomeWarnings, 'backup'>> {
  if (role !== 'admin') return {}
  const [entry] = await listAuditLogs(db, { action: 'server.backed_up' }, { limit: 1 })
  const last = entry?.created_at ?? null
  const isRecent = last !== null && last.getTime() > Date.now() - BACKUP_DAYS * 86_400_000
  return isRecent ? {} : { backup: { last } }
}

async function findWarnings({
  db,
  principal: { user_id: userId },
  publicUrl,
  embedder
}: HomeContext): Promise<HomeWarnings> {
  const reach = reachOf(publicUrl)
  const [expiring, waiting] = await Promise.all([
    listExpiringKeys(db, userId, EXPIRY_DAYS, MAX_EXPIRING_KEYS),
    embedder ? countWaitingMemories(db, userId) : 0
  ])
  return {
    ...(reach !== 'internet' && { reach }),
    expiring,
    behind: waiting >= MIN_MEMORIES_BEHIND ? waiting : 0
  }
}
