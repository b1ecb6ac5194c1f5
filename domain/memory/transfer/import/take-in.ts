import { isDeepStrictEqual } from 'node:util'
import type { Db, Trx } from '../../../../db/connection/connect.ts'
import { renewStatistics } from '../../../../db/connection/maintenance.ts'
import { listDeleters, listStoredMemories } from '../../../../db/memory/import.ts'
import type { Source } from '../../../../db/schema/index.ts'
import { UNDO_SOURCE } from '../../undo.ts'
import { type MemoryContent, storeMemory, withWriter } from '../../write.ts'
import {
  storableContents,
  cutText,
  shortDigest,
  type ForeignMemory,
  hasUnstorableCharacters,
  type ImportItem,
  storableKey,
  type ForeignLink
} from './item.ts'
import { importLinks } from './take-links.ts'

/**
 * Memories or links that go into one transaction: others who use the database wait no longer than
 * for these.
 */
const BATCH = 100
/** Shown of each kind of change. */
const EXAMPLES = 5
const EXCERPT = 80

type Change = 'created' | 'changed' | 'unchanged' | 'kept'
export interface ChangeExample {
  change: Change
  key: string
  value: string
}

export interface ImportReport extends Record<Change, number> {
  links: number
  links_unchanged: number
  /** Links of what is not there, because it was deleted here. */
  links_left_out: number
  examples: ChangeExample[]
  /** What was read otherwise than it stands in the files. */
  warnings: string[]
  /** What is broken and was skipped, each with its place. */
  broken: string[]
  /** How much was left out, by its kind. */
  left_out: Record<string, number>
}

export interface ImportOptions {
  user_id: string
  source: Source
  agent_name: string
  /** Only says what would be done. */
  dry: boolean
  /** Told now and then how many memories and links have been looked at. */
  tell: (done: number) => void
}

/**
 * Takes in memories and links from elsewhere, some at a time. What the same import brought before
 * and is the same is left alone; what differs becomes a new version; what somebody changed or
 * deleted here since stays as they left it (`kept`). So a second run changes nothing, and one that
 * broke off is finished by another. `taken` is filled while it goes on, so that it tells what was
 * done when this throws.
 */
export async function importItems(
  db: Db,
  items: AsyncIterable<ImportItem>,
  taken: ImportReport,
  options: ImportOptions
): Promise<void> {
  const taking = new Taking(db, taken, options)
  for await (const item of items) {
    if ('warning' in item) taken.warnings.push(item.warning)
    else if ('broken' in item) taken.broken.push(item.broken)
    else if ('left' in item) leaveOut(taken, item.left, item.count)
    else if ('link' in item) await taking.link(item.link)
    else await taking.memories(item.memory)
  }
  await taking.flush()
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

function leaveOut({ left_out: counts }: ImportReport, kind: string, count: number): void {
  counts[kind] = (counts[kind] ?? 0) + count
}

class Taking {
  readonly #db: Db
  readonly #taken: ImportReport
  readonly #options: ImportOptions
  #contents: MemoryContent[] = []
  #links: ForeignLink[] = []
  /**
   * Keys so far, with a digest of what they hold: of two memories with one the second gets a
   * number.
   */
  readonly #keys = new Map<string, string>()
  /** What the dry run would create, so that its links can be told. */
  readonly #would = new Set<string>()
  #done = 0
  /** How many had been taken in when statistics were last renewed. */
  #renewedAt = 0

  constructor(db: Db, taken: ImportReport, options: ImportOptions) {
    this.#db = db
    this.#taken = taken
    this.#options = options
  }

  async memories(memory: ForeignMemory): Promise<void> {
    const contents = storableContents(memory, this.#options.agent_name)
    const digest = shortDigest(JSON.stringify(contents))
    if (this.#keys.get(contents[0]!.key) === digest) {
      leaveOut(this.#taken, 'memories that stand there twice', 1)
      return
    }
    if (hasUnstorableCharacters(memory.value)) {
      this.#taken.warnings.push(
        `${memory.key}: characters that cannot be stored are left out, or stand as U+FFFD.`
      )
    }
    for (const content of contents) {
      const key = this.#freeKey(content.key, contents.length > 1 ? content.key : memory.key)
      this.#keys.set(key, digest)
      this.#contents.push({ ...content, key })
      if (this.#contents.length === BATCH) await this.#flushMemories()
    }
  }

  #freeKey(key: string, unnumbered: string): string {
    if (!this.#keys.has(key)) return key
    let free = key
    for (let n = 2; this.#keys.has(free); n++) free = storableKey(`${unnumbered} (${n})`)
    this.#taken.warnings.push(
      `${key} stands there with another text, too, which gets the key ${free}.`
    )
    return free
  }

  async link(link: ForeignLink): Promise<void> {
    this.#links.push(link)
    if (this.#links.length === BATCH) await this.flush()
  }

  async flush(): Promise<void> {
    await this.#flushMemories()
    if (this.#links.length === 0) return
    const links = this.#links.splice(0)
    const counts = await this.#db
      .transaction()
      .execute((trx) => importLinks(trx, links, { ...this.#options, would: this.#would }))
    for (const name of ['links', 'links_unchanged', 'links_left_out'] as const) {
      this.#taken[name] += counts[name]
    }
    this.#options.tell((this.#done += links.length))
  }

  async #flushMemories(): Promise<void> {
    if (this.#contents.length === 0) return
    const contents = this.#contents.splice(0)
    const { user_id: userId, source } = this.#options
    const changes = await this.#db.transaction().execute((trx) =>
      withWriter(trx, { user_id: userId, source }, async (writer) => {
        const decided = await this.#decide(trx, contents)
        if (!this.#options.dry) {
          for (const [content, change] of decided) {
            if (change === 'created' || change === 'changed') {
              await storeMemory(trx, writer, content)
            }
          }
        }
        return decided
      })
    )
    for (const [{ key, value }, change] of changes) {
      this.#taken[change]++
      if (change === 'created') this.#would.add(key)
      if (change !== 'unchanged' && this.#taken[change] <= EXAMPLES) {
        this.#taken.examples.push({
          change,
          key,
          value: cutText(value.replace(/\s+/g, ' '), EXCERPT)
        })
      }
    }
    this.#options.tell((this.#done += contents.length))
    await this.#renewStatistics()
  }

  /**
   * The check of a foreign key keeps the plan of its first time. Made while the tables were empty,
   * it reads all the user's memories for each term; new statistics make the database plan it anew.
   */
  async #renewStatistics(): Promise<void> {
    if (this.#options.dry || this.#done < 1.5 * this.#renewedAt) return
    this.#renewedAt = this.#done
    await renewStatistics(this.#db)
  }

  async #decide(trx: Trx, contents: MemoryContent[]): Promise<Array<[MemoryContent, Change]>> {
    const { user_id: userId, agent_name: agentName, source, dry } = this.#options
    const keys = contents.map(({ key }) => key)
    const stored = new Map(
      (await listStoredMemories(trx, userId, agentName, keys, { lock: !dry })).map((one) => [
        one.key,
        one
      ])
    )
    const deleters = new Map(
      (await listDeleters(trx, userId, agentName, keys)).map((one) => [one.key, one.source])
    )
    return contents.map((content) => {
      const known = stored.get(content.key)
      const deleter = deleters.get(content.key)
      if (!known) {
        return [
          content,
          deleter === undefined || deleter.name === UNDO_SOURCE.name ? 'created' : 'kept'
        ]
      }
      const { memory_id: _, importance, writer, expired, ...before } = known
      const { agent_name: __, importance: ___, ...now } = content
      if (
        !expired &&
        isDeepStrictEqual(before, { ...now, metadata: JSON.parse(content.metadata) })
      ) {
        return [content, 'unchanged']
      }
      return [
        { ...content, importance },
        writer.kind === source.kind && writer.name === source.name ? 'changed' : 'kept'
      ]
    })
  }
}
