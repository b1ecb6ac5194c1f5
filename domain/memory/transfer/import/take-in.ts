import { isDeepStrictEqual } from 'node:util'
import type { Db, Trx } from '../../../../db/connection/connect.ts'
import { renewStatistics } from '../../../../db/connection/maintenance.ts'
import { listDeleters, listStoredMemories } from '../../../../db/memory/import.ts'
import type { Source } from '../../../../db/schema/index.ts'
import type { MemoryQuota } from '../../../context.ts'
import { UNDO_SOURCE } from '../../undo.ts'
import { type MemoryContent, storeMemory, withWriter } from '../../write.ts'
import {
  storableContents,
  cutText,
  shortDigest,
  type ForeignMemory,
  hasUnstorableCharacters,
  importNamespace,
  type ImportItem,
  memoryPlace,
  storableKey,
  type ForeignLink
} from './item.ts'
import { importLinks } from './take-links.ts'

/** Memories or links per transaction: other users of the database wait for each transaction. */
const BATCH_SIZE = 100
/** Examples of each kind of change in the report, and characters of each value. */
const MAX_EXAMPLES = 5
const EXCERPT_LENGTH = 80

/** The command and the console import under the same name: one continues what the other began. */
const importKinds: ReadonlySet<Source['kind']> = new Set(['command', 'console'])

type ChangeKind = 'created' | 'changed' | 'unchanged' | 'kept'
export interface ChangeExample {
  change: ChangeKind
  key: string
  value: string
}

export interface ImportReport extends Record<ChangeKind, number> {
  links: number
  links_unchanged: number
  /** Links to memories that were deleted here. */
  links_left_out: number
  examples: ChangeExample[]
  /** Text of the files that the import had to interpret. */
  warnings: string[]
  /** Broken parts that were skipped, each with its place. */
  broken: string[]
  /** Counts of parts that were left out, by kind. */
  left_out: Record<string, number>
}

export interface ImportOptions {
  user_id: string
  source: Source
  agent_name: string
  /** Absent for the operator, who has no limit. */
  quota?: MemoryQuota
  /** Only reports what the import would do. */
  dry: boolean
  /** Receives from time to time how many memories and links are done. */
  tell: (done: number) => void
}

/**
 * Imports memories and links of another product, in batches. A memory of an earlier run of the same
 * import stays if it is the same, and gets a new version if it differs. A memory that was changed
 * or deleted here since then stays as it is (`kept`). So a second run changes nothing, and a run
 * that broke off can be repeated. The report is filled while the import runs: it is right even if
 * this throws.
 */
export async function importItems(
  db: Db,
  items: AsyncIterable<ImportItem>,
  report: ImportReport,
  options: ImportOptions
): Promise<void> {
  const itemImporter = new ItemImporter(db, report, options)
  for await (const item of items) {
    if ('warning' in item) report.warnings.push(item.warning)
    else if ('broken' in item) report.broken.push(item.broken)
    else if ('left' in item) countLeftOut(report, item.left, item.count)
    else if ('link' in item) await itemImporter.addLink(item.link)
    else await itemImporter.addMemory(item.memory)
  }
  await itemImporter.flush()
}

export function emptyImportReport(): ImportReport {
  return {
    created: 0,
    changed: 0,
    unchanged: 0,
    kept: 0,
    links: 0,
    links_unchanged: 0,
    links_left_out: 0,
    examples: [],
    warnings: [],
    broken: [],
    left_out: {}
  }
}

function countLeftOut({ left_out: counts }: ImportReport, kind: string, count: number): void {
  counts[kind] = (counts[kind] ?? 0) + count
}

/** A memory that waits to be written; `exported`: its id and version when we exported it. */
interface PendingContent {
  content: MemoryContent
  exported: string | undefined
}

type StoredMemory = Awaited<ReturnType<typeof listStoredMemories>>[number]

class ItemImporter {
  readonly #db: Db
  readonly #report: ImportReport
  readonly #options: ImportOptions
  #pendingContents: PendingContent[] = []
  #pendingLinks: ForeignLink[] = []
  /** Digests of all memories so far, by key: a second memory with a key gets a numbered key. */
  readonly #digestsByKey = new Map<string, string>()
  /** Keys that the dry run would create: their links can be resolved. */
  readonly #plannedKeys = new Set<string>()
  #doneCount = 0
  /** The done count when the statistics were last renewed. */
  #renewedAt = 0

  constructor(db: Db, report: ImportReport, options: ImportOptions) {
    this.#db = db
    this.#report = report
    this.#options = options
  }

  async addMemory(memory: ForeignMemory): Promise<void> {
    const namespace = importNamespace(memory.exported?.agent_name, this.#options.agent_name)
    const memoryContents = storableContents(memory, namespace)
    const digest = shortDigest(JSON.stringify(memoryContents))
    if (this.#digestsByKey.get(memoryPlace(namespace, memoryContents[0]!.key)) === digest) {
      countLeftOut(this.#report, 'duplicate memories', 1)
      return
    }
    if (hasUnstorableCharacters(memory.value)) {
      this.#report.warnings.push(
        `${memory.key}: characters that cannot be stored are left out or replaced by U+FFFD.`
      )
    }
    for (const content of memoryContents) {
      const unnumberedKey = memoryContents.length > 1 ? content.key : memory.key
      const key = this.#freeKey(namespace, content.key, unnumberedKey)
      this.#digestsByKey.set(memoryPlace(namespace, key), digest)
      const exported = memory.exported?.version
      this.#pendingContents.push({ content: { ...content, key }, exported })
      if (this.#pendingContents.length === BATCH_SIZE) await this.#flushMemories()
    }
  }

  #freeKey(namespace: string, key: string, unnumberedKey: string): string {
    const isTaken = (name: string) => this.#digestsByKey.has(memoryPlace(namespace, name))
    if (!isTaken(key)) return key
    let freeKey = key
    for (let number = 2; isTaken(freeKey); number++) {
      freeKey = storableKey(`${unnumberedKey} (${number})`)
    }
    this.#report.warnings.push(
      `${key} occurs with another text, too. The second one gets the key ${freeKey}.`
    )
    return freeKey
  }

  async addLink(link: ForeignLink): Promise<void> {
    this.#pendingLinks.push(link)
    if (this.#pendingLinks.length === BATCH_SIZE) await this.flush()
  }

  /** Writes pending memories first: links refer to them. */
  async flush(): Promise<void> {
    await this.#flushMemories()
    if (this.#pendingLinks.length === 0) return
    const linkBatch = this.#pendingLinks.splice(0)
    const linkOptions = { ...this.#options, plannedKeys: this.#plannedKeys }
    const linkCounts = await this.#db
      .transaction()
      .execute((trx) => importLinks(trx, linkBatch, linkOptions))
    for (const countName of ['links', 'links_unchanged', 'links_left_out'] as const) {
      this.#report[countName] += linkCounts[countName]
    }
    this.#options.tell((this.#doneCount += linkBatch.length))
  }

  async #flushMemories(): Promise<void> {
    if (this.#pendingContents.length === 0) return
    const contentBatch = this.#pendingContents.splice(0)
    const { user_id, source, quota, dry } = this.#options
    const identity = { user_id, source, ...(quota && { quota }) }
    const changeDecisions = await this.#db.transaction().execute((trx) =>
      withWriter(trx, identity, async (writer) => {
        const batchDecisions = await this.#decideChanges(trx, contentBatch)
        for (const [content, change] of batchDecisions) {
          if (!dry && (change === 'created' || change === 'changed')) {
            await storeMemory(trx, writer, content)
          }
        }
        return batchDecisions
      })
    )
    for (const [content, change] of changeDecisions) this.#reportChange(content, change)
    this.#options.tell((this.#doneCount += contentBatch.length))
    await this.#renewStatistics()
  }

  #reportChange({ agent_name, key, value }: MemoryContent, change: ChangeKind): void {
    this.#report[change]++
    if (change === 'created') this.#plannedKeys.add(memoryPlace(agent_name, key))
    if (change !== 'unchanged' && this.#report[change] <= MAX_EXAMPLES) {
      const excerpt = cutText(value.replace(/\s+/g, ' '), EXCERPT_LENGTH)
      this.#report.examples.push({ change, key, value: excerpt })
    }
  }

  /**
   * The check of a foreign key keeps its first plan. A plan made while the tables were empty reads
   * all the user's memories for each term. New statistics make the database plan it again.
   */
  async #renewStatistics(): Promise<void> {
    if (this.#options.dry || this.#doneCount < 1.5 * this.#renewedAt) return
    this.#renewedAt = this.#doneCount
    await renewStatistics(this.#db)
  }

  async #decideChanges(
    trx: Trx,
    pendingContents: PendingContent[]
  ): Promise<Array<[MemoryContent, ChangeKind]>> {
    const { user_id: userId, dry } = this.#options
    const stored = new Map<string, StoredMemory>()
    const deleters = new Map<string, Source>()
    const namespaces = new Set(pendingContents.map(({ content }) => content.agent_name))
    for (const namespace of [...namespaces].toSorted()) {
      const keys = pendingContents
        .filter(({ content }) => content.agent_name === namespace)
        .map(({ content }) => content.key)
      for (const row of await listStoredMemories(trx, userId, namespace, keys, { lock: !dry })) {
        stored.set(memoryPlace(namespace, row.key), row)
      }
      for (const { key, source } of await listDeleters(trx, userId, namespace, keys)) {
        deleters.set(memoryPlace(namespace, key), source)
      }
    }
    return pendingContents.map((pending) => {
      const place = memoryPlace(pending.content.agent_name, pending.content.key)
      return this.#decideChange(pending, stored.get(place), deleters.get(place))
    })
  }

  #decideChange(
    { content, exported }: PendingContent,
    storedMemory: StoredMemory | undefined,
    deleter: Source | undefined
  ): [MemoryContent, ChangeKind] {
    if (!storedMemory) {
      const mayCreate = deleter === undefined || deleter.name === UNDO_SOURCE.name
      return [content, mayCreate ? 'created' : 'kept']
    }
    const { memory_id: id, version, importance, writer, expired, ...rest } = storedMemory
    const { pinned_at: pinnedAt, ...storedFields } = rest
    // What was edited since our own export is a change, if nobody changed it here meanwhile.
    const isExported = exported === `${id}/${version}`
    const { agent_name: _, importance: newImportance, pinned, ...newFields } = content
    const isSamePin = pinned === undefined || pinned === (pinnedAt !== null)
    const comparedFields = { ...newFields, metadata: JSON.parse(content.metadata) }
    const isSame =
      isDeepStrictEqual(storedFields, comparedFields) &&
      (!isExported || (importance === newImportance && isSamePin))
    if (!expired && isSame) return [content, 'unchanged']
    if (isExported) return [content, 'changed']
    const isOwnImport = importKinds.has(writer.kind) && writer.name === this.#options.source.name
    return [{ ...content, importance }, isOwnImport ? 'changed' : 'kept']
  }
}
