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

/** Rows per page of an export. */
const PAGE_SIZE = 200
/** Limits of one batch, which goes to the database in one statement: lines, and characters. */
const MAX_BATCH_LINES = 100
const MAX_BATCH_CHARACTERS = 4_000_000

export interface ImportResult {
  memories: number
  versions: number
  known: number
  conflicts: Array<{ agent_name: string; key: string }>
  links: number
  /** Links whose ends were not imported, or whose place another open link has. */
  links_left_out: number
}

/**
 * Exports all memories and the graph of a user, one JSON text per line. Memories come before their
 * former versions, and things before their links.
 */
export async function* exportJsonLines(trx: Trx, userId: string): AsyncGenerator<string> {
  yield JSON.stringify({ type: 'export', format: FORMAT_NAME, version: 1 })
  for (const [lineType, table] of [
    ['memory', 'memories'],
    ['version', 'memory_versions']
  ] as const) {
    for await (const jsonRows of exportMemoryRows(trx, userId, table, PAGE_SIZE)) {
      for (const jsonRow of jsonRows) yield `{"type":"${lineType}","row":${jsonRow}}`
    }
  }
  for (const [lineType, table] of [
    ['node', 'graph_nodes'],
    ['edge', 'graph_edges'],
    ['edge_version', 'graph_edge_versions']
  ] as const) {
    for await (const jsonRows of exportGraphRows(trx, userId, table, PAGE_SIZE)) {
      for (const jsonRow of jsonRows) yield `{"type":"${lineType}","row":${jsonRow}}`
    }
  }
}

export interface LineImportOptions {
  /** Marks what is imported, so that undoing this import finds it. Authors and times stay. */
  import_id?: string
  /** Receives the number of lines that are read, batch by batch. */
  tell?: (lines: number) => void
}

/**
 * Imports the lines of exportJsonLines with their ids, versions and times. A known memory stays as
 * it is. A memory whose key another one has is a conflict; neither it nor its links are imported.
 * Throws ToolError with the line number for an invalid line.
 */
export async function importJsonLines(
  trx: Trx,
  userId: string,
  lines: AsyncIterable<string>,
  { import_id: importId, tell }: LineImportOptions = {}
): Promise<ImportResult> {
  const lineImporter = new LineImporter(trx, userId, importId)
  let lineBatch: TransferLine[] = []
  let batchCharacters = 0
  let lineNumber = 0
  const importBatch = async () => {
    await lineImporter.importBatch(lineBatch)
    lineBatch = []
    batchCharacters = 0
    tell?.(lineNumber)
  }
  for await (const lineText of lines) {
    lineNumber++
    if (lineText.trim() === '') continue
    const transferLine = parseTransferLine(lineText, lineNumber)
    if (transferLine === undefined) continue
    const isBatchFull =
      lineBatch.length === MAX_BATCH_LINES ||
      batchCharacters + lineText.length > MAX_BATCH_CHARACTERS
    const isNewType = lineBatch[0]?.type !== transferLine.type
    if (lineBatch.length > 0 && (isBatchFull || isNewType)) await importBatch()
    lineBatch.push(transferLine)
    batchCharacters += lineText.length
  }
  if (lineBatch.length > 0) await importBatch()
  await recountMemoryUsage(trx, userId)
  return lineImporter.result
}

type MarkableRow = Pick<MemoryLine['row'], 'source' | 'written_by'>

class LineImporter {
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
  readonly #importId: string | undefined
  /** Whether each memory and link of the file is imported, by id. */
  readonly #importedMemories = new Map<string, boolean>()
  readonly #importedEdges = new Map<string, boolean>()

  constructor(trx: Trx, userId: string, importId: string | undefined) {
    this.#trx = trx
    this.#userId = userId
    this.#importId = importId
  }

  /** The row with the mark of the import in its writer, who otherwise stays. */
  #markRow<R extends MarkableRow>(row: R): R {
    if (this.#importId === undefined) return row
    return { ...row, written_by: { ...(row.written_by ?? row.source), import_id: this.#importId } }
  }

  /** Imports lines that all have the same type. */
  async importBatch(lineBatch: TransferLine[]): Promise<void> {
    const [{ type: lineType }] = lineBatch as [TransferLine]
    const batchRows: unknown[] = lineBatch.map(({ row }) => row)
    if (lineType === 'node') {
      await importGraphNodes(this.#trx, this.#userId, JSON.stringify(batchRows))
    } else if (lineType === 'edge' || lineType === 'edge_version') {
      await this.#importEdges(lineType, batchRows as Array<EdgeLine['row']>)
    } else {
      await this.#importMemories(lineType, batchRows as Array<MemoryLine['row']>)
    }
  }

  async #importMemories(
    lineType: MemoryLine['type'],
    memoryRows: Array<MemoryLine['row']>
  ): Promise<void> {
    this.result.known += await decideImports(
      this.#importedMemories,
      memoryRows.map((row) => row.memory_id),
      (memoryIds) => listKnownMemoryIds(this.#trx, this.#userId, memoryIds)
    )
    const importedRows = memoryRows.filter((row) => this.#importedMemories.get(row.memory_id))
    if (lineType === 'memory') return this.#insertMemories(importedRows)
    const versionRows = JSON.stringify(
      importedRows.map((row) => ({ deleted: false, ...this.#markRow(row) }))
    )
    const insertedVersions = await importMemoryRows(
      this.#trx,
      this.#userId,
      'memory_versions',
      versionRows
    )
    this.result.versions += insertedVersions.length
  }

  async #insertMemories(memoryRows: Array<MemoryLine['row']>): Promise<void> {
    const uniqueRows = [...new Map(memoryRows.map((row) => [row.memory_id, row])).values()]
    const termsById = new Map<string, Awaited<ReturnType<typeof memoryTerms>>>()
    for (const row of uniqueRows) {
      const indexedMemory = {
        ...row,
        speaker: row.speaker ?? null,
        session_id: row.session_id ?? null,
        occurred_at: row.occurred_at ? new Date(row.occurred_at) : null
      }
      termsById.set(row.memory_id, await memoryTerms(indexedMemory))
    }
    const insertedRows = JSON.stringify(
      uniqueRows.map((row) => ({
        ...this.#markRow(row),
        search_length: termsById.get(row.memory_id)!.length
      }))
    )
    const insertedIds = new Set(
      await importMemoryRows(this.#trx, this.#userId, 'memories', insertedRows)
    )
    for (const { memory_id: memoryId, agent_name, key } of uniqueRows) {
      if (insertedIds.has(memoryId)) {
        const { postings } = termsById.get(memoryId)!
        await replacePostings(this.#trx, this.#userId, memoryId, postings)
        this.result.memories++
      } else {
        this.#importedMemories.set(memoryId, false)
        this.result.conflicts.push({ agent_name, key })
      }
    }
  }

  async #importEdges(lineType: EdgeLine['type'], edgeRows: Array<EdgeLine['row']>): Promise<void> {
    await decideImports(
      this.#importedEdges,
      edgeRows.map((row) => row.edge_id),
      (edgeIds) => listKnownEdgeIds(this.#trx, this.#userId, edgeIds)
    )
    const importedRows = edgeRows
      .filter((row) => this.#importedEdges.get(row.edge_id))
      .map((row) => this.#markRow(row))
    if (lineType === 'edge_version') {
      await importGraphEdges(
        this.#trx,
        this.#userId,
        'graph_edge_versions',
        JSON.stringify(importedRows.map((row) => ({ deleted: false, ...row })))
      )
      return
    }
    const insertedIds = new Set(
      await importGraphEdges(this.#trx, this.#userId, 'graph_edges', JSON.stringify(importedRows))
    )
    for (const { edge_id: edgeId } of importedRows) {
      if (!insertedIds.has(edgeId)) this.#importedEdges.set(edgeId, false)
    }
    this.result.links += insertedIds.size
    this.result.links_left_out += importedRows.length - insertedIds.size
  }
}

/** Decides to import each new id unless it is known. Returns how many of them are known. */
async function decideImports(
  decisions: Map<string, boolean>,
  ids: string[],
  listKnownIds: (ids: string[]) => Promise<string[]>
): Promise<number> {
  const undecidedIds = [...new Set(ids.filter((id) => !decisions.has(id)))]
  const knownIds = new Set(await listKnownIds(undecidedIds))
  for (const id of undecidedIds) decisions.set(id, !knownIds.has(id))
  return knownIds.size
}
