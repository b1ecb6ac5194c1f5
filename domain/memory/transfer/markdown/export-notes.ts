import type { Trx } from '../../../../db/connection/connect.ts'
import { exportGraphRows } from '../../../../db/graph/transfer.ts'
import { exportMemoryRows, listMemoryNames } from '../../../../db/memory/transfer.ts'
import type { ZippedFile } from '../../../../lib/zip-writer.ts'
import { formatNote, NOTE_VERSION, type NoteProperties } from './note.ts'
import { type NoteEnd, wikiLink } from './note-links.ts'
import { NotePaths } from './note-paths.ts'

/** Rows of a page. */
const PAGE_SIZE = 200
/** The note of links that belong to no memory. */
const LINKS_FILE = 'Links between things.md'

interface MemoryRow extends NoteProperties {
  memory_id: string
  version: number
  value: string
  agent_name: string
  key: string
}
interface EdgeRow {
  from_node: string
  to_node: string
  type: string
  valid_until: string | null
}
interface NodeRow {
  node_id: string
  type: string
  name: string
  memory_id: string | null
}

/**
 * Yields a Markdown file for each live memory of a person, as Obsidian opens them, with links as
 * wiki links. The transaction must see one moment (repeatable read). Former versions, deleted
 * memories and ended links are not in it.
 */
export async function* exportNotes(trx: Trx, userId: string): AsyncGenerator<ZippedFile> {
  const paths = await listPaths(trx, userId)
  const linkProperties = await readLinks(trx, userId, paths)
  for await (const jsonRows of exportMemoryRows(trx, userId, 'memories', PAGE_SIZE)) {
    for (const jsonRow of jsonRows) {
      const row = JSON.parse(jsonRow) as MemoryRow
      const note = paths.get(row.memory_id)
      if (note === undefined) continue // expired
      const properties = { ...noteProperties(row), ...linkProperties.byMemory.get(row.memory_id) }
      yield { name: `${note.path}.md`, content: formatNote(properties, row.value) }
    }
  }
  if (linkProperties.between.length === 0) return
  const lines = linkProperties.between.map((line) => `- ${line}`).join('\n')
  yield { name: LINKS_FILE, content: formatNote({ kagura_links: NOTE_VERSION }, lines) }
}

type NotePlace = { path: string; label: string }

async function listPaths(trx: Trx, userId: string): Promise<Map<string, NotePlace>> {
  const notePaths = new NotePaths()
  const paths = new Map<string, NotePlace>()
  for await (const rows of listMemoryNames(trx, userId, PAGE_SIZE)) {
    for (const { memory_id: memoryId, agent_name: namespace, key } of rows) {
      paths.set(memoryId, { path: notePaths.add(namespace, key), label: key })
    }
  }
  return paths
}

/** The properties of a note in the order in which a person reads them, without empty ones. */
function noteProperties(row: MemoryRow): NoteProperties {
  const instant = (column: string) => {
    const time = row[column]
    return typeof time === 'string' ? new Date(time).toISOString() : undefined
  }
  const { tags, metadata, source } = row
  const properties: NoteProperties = {
    kagura: NOTE_VERSION,
    key: row.key,
    namespace: row.agent_name,
    type: row['type'],
    tags,
    importance: row['importance'],
    pinned: row['pinned_at'] ? true : undefined,
    speaker: row['speaker'],
    session_id: row['session_id'],
    occurred_at: instant('occurred_at'),
    expires_at: instant('expires_at'),
    created: instant('created_at'),
    updated: instant('updated_at'),
    source: (source as { name?: string } | null)?.name,
    version: `${row.memory_id}/${row.version}`,
    metadata
  }
  const isEmpty = (value: unknown) =>
    value === null ||
    value === undefined ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isEmpty(value)))
}

/** Links of each memory as properties, and links between things as lines. */
interface NoteLinks {
  byMemory: Map<string, Record<string, string[]>>
  between: string[]
}

async function readLinks(
  trx: Trx,
  userId: string,
  paths: ReadonlyMap<string, NotePlace>
): Promise<NoteLinks> {
  const nodes = new Map<string, NodeRow>()
  for await (const jsonRows of exportGraphRows(trx, userId, 'graph_nodes', PAGE_SIZE)) {
    for (const jsonRow of jsonRows) {
      const node = JSON.parse(jsonRow) as NodeRow
      nodes.set(node.node_id, node)
    }
  }
  const links: NoteLinks = { byMemory: new Map(), between: [] }
  for await (const jsonRows of exportGraphRows(trx, userId, 'graph_edges', PAGE_SIZE)) {
    for (const jsonRow of jsonRows) {
      const edge = JSON.parse(jsonRow) as EdgeRow
      const hasEnded = edge.valid_until !== null && new Date(edge.valid_until) <= new Date()
      const from = nodes.get(edge.from_node)
      const to = nodes.get(edge.to_node)
      if (!hasEnded && from && to) addLink(links, { from, to, type: edge.type }, paths)
    }
  }
  return links
}

function addLink(
  { byMemory, between }: NoteLinks,
  { from, to, type }: { from: NodeRow; to: NodeRow; type: string },
  paths: ReadonlyMap<string, NotePlace>
): void {
  const fromEnd = noteEnd(from, paths)
  const toEnd = noteEnd(to, paths)
  if (!fromEnd || !toEnd) return // a memory that is deleted or has expired
  const addProperty = (memoryId: string, name: string, end: NoteEnd) => {
    const properties = byMemory.get(memoryId) ?? {}
    byMemory.set(memoryId, properties)
    ;(properties[name] ??= []).push(wikiLink(end))
  }
  if (from.memory_id !== null) addProperty(from.memory_id, `link_${type}`, toEnd)
  else if (to.memory_id !== null) addProperty(to.memory_id, `linked_by_${type}`, fromEnd)
  else between.push(`${wikiLink(fromEnd)} ${encodeURIComponent(type)} ${wikiLink(toEnd)}`)
}

function noteEnd(node: NodeRow, paths: ReadonlyMap<string, NotePlace>): NoteEnd | undefined {
  return node.memory_id === null ? { type: node.type, name: node.name } : paths.get(node.memory_id)
}
