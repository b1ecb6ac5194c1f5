import robotsParser from 'robots-parser'
import { FetchRefused, type Fetched, USER_AGENT } from '../guarded-fetch/index.ts'

const KEPT_MS = 3600_000
const KEPT_AFTER_FAILURE_MS = 60_000
const MAX_KEPT = 2000
/** Of the rules that are kept of all sites together; and what each takes beside its characters. */
const MAX_SIZE = 20_000_000
const RULE_SIZE = 100
/**
 * Characters of rules with wildcards; to match more would take too long, and whoever writes more
 * wants to do harm.
 */
const MAX_WILDCARDS = 100_000
/**
 * These times the characters of the address: what matching takes at worst, about a tenth of a
 * second.
 */
const MAX_STEPS = 20_000_000

/** A CommonJS module whose types say that it is another kind. */
const parseRobots = robotsParser as unknown as typeof robotsParser.default
type Rules = ReturnType<typeof parseRobots> | 'open' | 'closed'
interface Read {
  rules: Rules
  size: number
  wildcards: number
}
interface Kept {
  until: number
  size: number
  read: Promise<Read>
}

const OPEN: Read = { rules: 'open', size: 0, wildcards: 0 }
const CLOSED: Read = { rules: 'closed', size: 0, wildcards: 0 }

/**
 * The rules of sites for robots (RFC 9309), read before their pages. What was read for one person
 * is kept for that person only, so that nobody learns where others were.
 */
export class Robots {
  readonly #fetch: (url: string) => Promise<Fetched>
  readonly #kept = new Map<string, Kept>()
  #size = 0
  constructor(fetch: (url: string) => Promise<Fetched>) {
    this.#fetch = fetch
  }

  /**
   * Throws FetchRefused when the site does not want the page to be read, or does not let its rules
   * be known.
   */
  async admit(userId: string, url: URL): Promise<void> {
    const { rules, wildcards } = await this.#rulesOf(userId, url.origin)
    if (rules === 'open') return
    if (rules === 'closed') {
      throw new FetchRefused(
        'robots_unreachable',
        `${url.host} does not give out its robots.txt, which then counts as a no`
      )
    }
    if (wildcards * url.href.length > MAX_STEPS) {
      throw new FetchRefused(
        'robots',
        `the robots.txt of ${url.host} takes too long to be matched with so long an address, which then counts as a no`
      )
    }
    if (rules.isAllowed(url.href, USER_AGENT) === false) {
      throw new FetchRefused(
        'robots',
        `${url.host} does not want robots to read that page (robots.txt)`
      )
    }
  }

  #rulesOf(userId: string, origin: string): Promise<Read> {
    const key = `${userId} ${origin}`
    const kept = this.#kept.get(key)
    if (kept && kept.until > Date.now()) return kept.read
    const read = this.#read(origin)
    const entry: Kept = { until: Date.now() + KEPT_MS, size: 0, read }
    this.#forget(key)
    this.#kept.set(key, entry)
    read
      .then(({ rules, size }) => {
        if (rules === 'closed') entry.until = Date.now() + KEPT_AFTER_FAILURE_MS
        if (this.#kept.get(key) === entry) this.#size += entry.size = size
        while (this.#kept.size > MAX_KEPT || this.#size > MAX_SIZE) {
          this.#forget(this.#kept.keys().next().value!)
        }
      })
      .catch(() => this.#forget(key)) // who waits for the rules is told
    return read
  }

  #forget(key: string): void {
    this.#size -= this.#kept.get(key)?.size ?? 0
    this.#kept.delete(key)
  }

  /** No rules (4xx) mean yes, and a server in trouble means no (RFC 9309 §2.3.1). */
  async #read(origin: string): Promise<Read> {
    try {
      const url = `${origin}/robots.txt`
      const { status, body } = await this.#fetch(url)
      if (status >= 400 && status < 500 && status !== 429) return OPEN
      if (status !== 200) return CLOSED
      const lines = ownLines(
        body
          .toString('utf8')
          .replace(/^\ufeff/, '')
          .replace(/\*{2,}/g, '*')
      )
      const sizeOf = (some: string[]) => some.reduce((sum, line) => sum + line.length, 0)
      const wildcards = sizeOf(lines.filter((line) => line.includes('*')))
      if (wildcards > MAX_WILDCARDS) return CLOSED
      return {
        rules: parseRobots(url, ['User-agent: *', ...lines].join('\n')),
        size: sizeOf(lines) + lines.length * RULE_SIZE,
        wildcards
      }
    } catch (error) {
      if (error instanceof FetchRefused) return CLOSED
      throw error
    }
  }
}

/**
 * The rules of all groups that name us, or else of those for everybody (RFC 9309 §2.2.1). The
 * parser alone would keep each rule once for every name before it: twenty thousand names before as
 * many rules are more than any memory.
 */
function ownLines(text: string): string[] {
  const us = USER_AGENT.toLowerCase()
  const groups = new Map<string, string[]>()
  let names = new Set<string>()
  let naming = false
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, field, value = ''] = /^\s*([a-z-]+)\s*:([^#]*)/i.exec(line) ?? []
    if (field === undefined) continue
    const isName = field.toLowerCase() === 'user-agent'
    if (isName && !naming) names = new Set()
    naming = isName
    if (isName) {
      const name = value.split('/')[0]!.trim().toLowerCase()
      if (name !== us && name !== '*') continue
      names.add(name)
      if (!groups.has(name)) groups.set(name, [])
    } else if (/^(dis)?allow$/i.test(field)) {
      for (const name of names) groups.get(name)!.push(line)
    }
  }
  return groups.get(us) ?? groups.get('*') ?? []
}
