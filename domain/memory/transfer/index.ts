import type { Trx } from '../../../db/connection/connect.ts'
import {
  exportGraphRows,
  importGraphEdges,
  importGraphNodes,
  listKnownEdgeIds
} from '../../../db/graph/transfer.ts'
import { replacePostings } from '../../../db/memory/postings.ts'
import {
  exportMemoryRows,
  importMemoryRows,
  listKnownMemoryIds
} from '../../../db/memory/transfer.ts'
import { recountMemoryUsage } from '../../../db/memory/usage.ts'
import { memoryTerms } from '../search/terms.ts'
import {
  type EdgeLine,
  FORMAT_NAME,
  type TransferLine,
  type MemoryLine,
  parseTransferLine
} from './line.ts'

const PAGE = 200
/** What goes to the database in one statement: lines, and characters of them. */
const MAX_LINES = 100
const MAX_CHARACTERS = 4_000_000

export interface ImportResult {
  memories: number
  versions: number
  known: number
  conflicts: Array<{ agent_name: string; key: string }>
  links: number
  /** Links of what did not come in, or in whose place another one is open. */
  links_left_out: number
}

/**
 * Everything of a person's memories and of their graph, one JSON text for each line: memories
 * before their former versions, things before their links.
 */
export async function* exportJsonLines(trx: Trx, userId: string): AsyncGenerator<string> {
  yield JSON.stringify({ type: 'export', format: FORMAT_NAME, version: 1 })
  for (const [type, table] of [
    ['memory', 'memories'],
    ['version', 'memory_versions']
  ] as const) {
    for await (const rows of exportMemoryRows(trx, userId, table, PAGE)) {
      for (const row of rows) yield `{"type":"${type}","row":${row}}`
    }
  }
  for (const [type, table] of [
    ['node', 'graph_nodes'],
    ['edge', 'graph_edges'],
    ['edge_version', 'graph_edge_versions']
  ] as const) {
    for await (const rows of exportGraphRows(trx, userId, table, PAGE)) {
      for (const row of rows) yield `{"type":"${type}","row":${row}}`
    }
  }
}

/**
 * Takes in what exportLines gave, with ids, versions and times. A memory that is there already is
 * left as it is; so is one whose key another one has, which is a conflict and does not come in, nor
 * do its links. Throws ToolError with the number of a line that is wrong.
 */
export async function importJsonLines(
  trx: Trx,
  userId: string,
  lines: AsyncIterable<string>
): Promise<ImportResult> {
  const importing = new Importing(trx, userId)
  let batch: TransferLine[] = []
  let characters = 0
  let number = 0
  const flush = async () => {
    await importing.takeIn(batch)
    batch = []
    characters = 0
  }
  for await (const text of lines) {
    number++
    if (text.trim() === '') continue
    const line = parseTransferLine(text, number)
    if (line === undefined) continue
    if (
      batch.length > 0 &&
      (batch.length === MAX_LINES ||
        characters + text.length > MAX_CHARACTERS ||
        batch[0]!.type !== line.type)
    ) {
      await flush()
    }
    batch.push(line)
    characters += text.length
  }
  if (batch.length > 0) await flush()
  await recountMemoryUsage(trx, userId)
  return importing.result
}

class Importing {
  readonly result: ImportResult = {
    memories: 0,
    versions: 0,
    known: 0,
    conflicts: [],
    links: 0,
    links_left_out: 0
  }
  readonly #trx: Trx
  readonly #userId: string
  /** Of each memory and each link that was seen, whether it comes in. */
  readonly #memories = new Map<string, boolean>()
  readonly #edges = new Map<string, boolean>()

  constructor(trx: Trx, userId: string) {
    this.#trx = trx
    this.#userId = userId
  }

  /** Lines of one type. */
  async takeIn(batch: TransferLine[]): Promise<void> {
    const [{ type }] = batch as [TransferLine]
    if (type === 'node') {
      await importGraphNodes(this.#trx, this.#userId, JSON.stringify(batch.map(({ row }) => row)))
    } else if (type === 'edge' || type === 'edge_version') {
      await this.#takeEdges(
        type,
        batch.map(({ row }) => row as EdgeLine['row'])
      )
    } else {
      await this.#takeMemories(
        type,
        batch.map(({ row }) => row as MemoryLine['row'])
      )
    }
  }

  async #takeMemories(type: MemoryLine['type'], rows: Array<MemoryLine['row']>): Promise<void> {
    const [trx, userId, result] = [this.#trx, this.#userId, this.result]
    result.known += await decide(
      this.#memories,
      rows.map(({ memory_id: id }) => id),
      (ids) => listKnownMemoryIds(trx, userId, ids)
    )
    const wanted = rows.filter(({ memory_id: id }) => this.#memories.get(id))
    if (type === 'version') {
      result.versions += (
        await importMemoryRows(
          trx,
          userId,
          'memory_versions',
          JSON.stringify(wanted.map((row) => ({ deleted: false, ...row })))
        )
      ).length
      return
    }
    const coming = [...new Map(wanted.map((row) => [row.memory_id, row])).values()]
    const terms = new Map<string, Awaited<ReturnType<typeof memoryTerms>>>()
    for (const row of coming) {
      const indexed = {
        ...row,
        speaker: row.speaker ?? null,
        session_id: row.session_id ?? null,
        occurred_at: row.occurred_at ? new Date(row.occurred_at) : null
      }
      terms.set(row.memory_id, await memoryTerms(indexed))
    }
    const inserted = new Set(
      await importMemoryRows(
        trx,
        userId,
        'memories',
        JSON.stringify(
          coming.map((row) => ({ ...row, search_length: terms.get(row.memory_id)!.length }))
        )
      )
    )
    for (const { memory_id: id, agent_name: agentName, key } of coming) {
      if (inserted.has(id)) {
        await replacePostings(trx, userId, id, terms.get(id)!.postings)
        result.memories++
      } else {
        this.#memories.set(id, false)
        result.conflicts.push({ agent_name: agentName, key })
      }
    }
  }

  async #takeEdges(type: EdgeLine['type'], rows: Array<EdgeLine['row']>): Promise<void> {
    await decide(
      this.#edges,
      rows.map(({ edge_id: id }) => id),
      (ids) => listKnownEdgeIds(this.#trx, this.#userId, ids)
    )
    const wanted = rows.filter(({ edge_id: id }) => this.#edges.get(id))
    if (type === 'edge_version') {
      await importGraphEdges(
        this.#trx,
        this.#userId,
        'graph_edge_versions',
        JSON.stringify(wanted.map((row) => ({ deleted: false, ...row })))
      )
      return
    }
    const inserted = new Set(
      await importGraphEdges(this.#trx, this.#userId, 'graph_edges', JSON.stringify(wanted))
    )
    for (const { edge_id: id } of wanted) if (!inserted.has(id)) this.#edges.set(id, false)
    this.result.links += inserted.size
    this.result.links_left_out += wanted.length - inserted.size
  }
}

/**
 * Decides of those that are seen for the first time that they come in, unless they are known;
 * returns how many are.
 */
async function decide(
  comes: Map<string, boolean>,
  ids: string[],
  listKnown: (ids: string[]) => Promise<string[]>
): Promise<number> {
  const undecided = [...new Set(ids.filter((id) => !comes.has(id)))]
  const known = new Set(await listKnown(undecided))
  for (const id of undecided) comes.set(id, !known.has(id))
  return known.size
}
