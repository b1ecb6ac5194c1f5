import type { Db } from '../../db/connection/connect.ts'
import { findMemory, listMemoryKeys, listMemories } from '../../db/memory/memories.ts'
import { countCodePoints, cutToBudget } from '../../lib/answer-size.ts'
import { cursorOf, positionOf } from './list.ts'

export const URI_TEMPLATE = 'memory://{agent_name}/{key}'
const PAGE = 100
/** Characters of a value in a list. */
const EXCERPT = 120
/** What the value of one resource may cost: see textCost. */
const MAX_READ = 54_000
/**
 * The keys that changed last, among which one is completed, and how many are offered (MCP: 100 at
 * most).
 */
const COMPLETED_AMONG = 1000
const MAX_OFFERED = 100

export interface MemoryResource {
  uri: string
  name: string
  description: string
  updated_at: Date
}

/** The address of a memory as a resource. */
export function uriOf({ agent_name: agentName, key }: { agent_name: string; key: string }): string {
  return `memory://${encodeURIComponent(agentName)}/${encodeURIComponent(key)}`
}

/** What the address names, or undefined when it is none of ours. */
export function whichOf(uri: string): { agent_name: string; key: string } | undefined {
  const [, agentName = '', key = ''] = /^memory:\/\/([^/?#]+)\/([^?#]+)$/i.exec(uri) ?? []
  try {
    const which = { agent_name: decodeURIComponent(agentName), key: decodeURIComponent(key) }
    return which.key === '' || `${which.agent_name}${which.key}`.includes('\0') ? undefined : which
  } catch {
    return undefined // no percent-encoding
  }
}

/**
 * A page of the memories as resources, the last changed first. Throws ToolError on a cursor that is
 * not ours.
 */
export async function listResources(
  db: Db,
  userId: string,
  cursor?: string
): Promise<{ resources: MemoryResource[]; next_cursor?: string }> {
  const rows = await listMemories(db, userId, {
    limit: PAGE + 1,
    valueLimit: EXCERPT,
    ...(cursor !== undefined && { after: positionOf(cursor) })
  })
  const page = rows.slice(0, PAGE)
  const last = rows.length > PAGE ? page.at(-1) : undefined
  const resources = page.map((row) => ({
    uri: uriOf(row),
    name: row.key,
    description: row.value.replace(/\s+/g, ' ') + (row.value_length > EXCERPT ? '…' : ''),
    updated_at: row.updated_at
  }))
  return {
    resources,
    ...(last && { next_cursor: cursorOf({ updated_at: last.position, memory_id: last.memory_id }) })
  }
}

/**
 * The value of a memory, the beginning of one that is too long for an answer; undefined when there
 * is none at the address.
 */
export async function readResource(
  db: Db,
  userId: string,
  uri: string
): Promise<{ text: string; updated_at: Date; truncated: boolean } | undefined> {
  const which = whichOf(uri)
  const memory = which && (await findMemory(db, userId, which))
  if (!memory) return undefined
  const part = cutToBudget(memory.value, MAX_READ)
  const truncated = part.length < memory.value.length
  const text = truncated
    ? `${part}\n\n(These are the first ${countCodePoints(part)} of ${countCodePoints(memory.value)} characters; the tool memory_get_full_document gives all.)`
    : part
  return { text, updated_at: memory.updated_at, truncated }
}

/** How a namespace or a key that was begun may go on, among those that changed last. */
export async function completions(
  db: Db,
  userId: string,
  name: string,
  begun: string,
  agentName?: string
): Promise<string[]> {
  if (name !== 'agent_name' && name !== 'key') return []
  const rows = await listMemoryKeys(
    db,
    userId,
    name === 'key' && agentName ? agentName : undefined,
    COMPLETED_AMONG
  )
  const values = [...new Set(rows.map((row) => row[name]))]
  return values
    .filter((value) => value.toLowerCase().startsWith(begun.toLowerCase()))
    .slice(0, MAX_OFFERED)
}
