import { findMemory, listMemoryKeys, listMemories } from '../../db/memory/memories.ts'
import { countCodePoints, cutToBudget } from '../../lib/answer-size.ts'
import type { DataContext } from '../context.ts'
import { decodeCursor, nextCursorOf, pageOf } from './cursor.ts'

/** Memories as MCP resources: their addresses, their list, their content. */
export const URI_TEMPLATE = 'memory://{agent_name}/{key}'
const PAGE_SIZE = 100
/** Characters of a value in a list. */
const EXCERPT_LENGTH = 120
/** What the value of one resource may cost: see textCost. */
const RESOURCE_BUDGET = 54_000
/** Completion compares the keys that changed last. */
const COMPLETION_CANDIDATES = 1000
/** MCP allows 100 completions. */
const MAX_COMPLETIONS = 100

export interface MemoryResource {
  uri: string
  name: string
  description: string
  updated_at: Date
}

interface ResourceName {
  agent_name: string
  key: string
}

/** The address of a memory as a resource. */
function formatUri({ agent_name: agentName, key }: ResourceName): string {
  return `memory://${encodeURIComponent(agentName)}/${encodeURIComponent(key)}`
}

/** Namespace and key of an address; undefined when it is not the address of a memory. */
function parseUri(uri: string): ResourceName | undefined {
  const [, agentName = '', key = ''] = /^memory:\/\/([^/?#]+)\/([^?#]+)$/i.exec(uri) ?? []
  try {
    const name = { agent_name: decodeURIComponent(agentName), key: decodeURIComponent(key) }
    return name.key === '' || `${name.agent_name}${name.key}`.includes('\0') ? undefined : name
  } catch {
    return undefined // the percent-encoding is not valid
  }
}

/**
 * A page of the memories as resources, the last changed first. Throws ToolError on a bad cursor.
 */
export async function listResources(
  { db, principal }: DataContext,
  cursor?: string
): Promise<{ resources: MemoryResource[]; next_cursor?: string }> {
  const rows = await listMemories(db, principal.user_id, {
    limit: PAGE_SIZE + 1,
    valueLimit: EXCERPT_LENGTH,
    ...(cursor !== undefined && { after: decodeCursor(cursor) })
  })
  const page = pageOf(rows, PAGE_SIZE)
  const nextCursor = nextCursorOf(page, page.rows.length)
  const resources = page.rows.map((row) => ({
    uri: formatUri(row),
    name: row.key,
    description: row.value.replace(/\s+/g, ' ') + (row.value_length > EXCERPT_LENGTH ? '…' : ''),
    updated_at: row.updated_at
  }))
  return { resources, ...(nextCursor !== undefined && { next_cursor: nextCursor }) }
}

/**
 * The value of the memory at an address, cut to what one answer holds. Undefined when there is no
 * memory at the address.
 */
export async function readResource(
  { db, principal }: DataContext,
  uri: string
): Promise<{ text: string; updated_at: Date; truncated: boolean } | undefined> {
  const name = parseUri(uri)
  const memory = name && (await findMemory(db, principal.user_id, name))
  if (!memory) return undefined
  const part = cutToBudget(memory.value, RESOURCE_BUDGET)
  const truncated = part.length < memory.value.length
  const notice =
    `(These are the first ${countCodePoints(part)} of ${countCodePoints(memory.value)} ` +
    'characters; the tool memory_get_full_document returns all of them.)'
  const text = truncated ? `${part}\n\n${notice}` : part
  return { text, updated_at: memory.updated_at, truncated }
}

/** Namespaces or keys that begin with a text, among the memories that changed last. */
export async function completeArgument(
  { db, principal }: DataContext,
  { name, value, agentName }: { name: string; value: string; agentName?: string | undefined }
): Promise<string[]> {
  if (name !== 'agent_name' && name !== 'key') return []
  const keyRows = await listMemoryKeys(
    db,
    principal.user_id,
    name === 'key' && agentName ? agentName : undefined,
    COMPLETION_CANDIDATES
  )
  const candidates = [...new Set(keyRows.map((row) => row[name]))]
  return candidates
    .filter((candidate) => candidate.toLowerCase().startsWith(value.toLowerCase()))
    .slice(0, MAX_COMPLETIONS)
}
