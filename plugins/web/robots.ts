import robotsParser from 'robots-parser'
import { FetchRefusedError, type FetchedAnswer, USER_AGENT } from '../guarded-fetch/index.ts'

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
type RobotsRules = ReturnType<typeof parseRobots> | 'open' | 'closed'
interface RobotsFile {
  rules: RobotsRules
  size: number
  wildcards: number
}
interface CachedFile {
  until: number
  size: number
  read: Promise<RobotsFile>
}

const OPEN_SITE: RobotsFile = { rules: 'open', size: 0, wildcards: 0 }
const CLOSED_SITE: RobotsFile = { rules: 'closed', size: 0, wildcards: 0 }

/**
 * The rules of sites for robots (RFC 9309), read before their pages. What was read for one person
 * is kept for that person only, so that nobody learns where others were.
 */
export class RobotsPolicy {
  readonly #fetch: (url: string) => Promise<FetchedAnswer>
  readonly #kept = new Map<string, CachedFile>()
  #size = 0
  constructor(fetch: (url: string) => Promise<FetchedAnswer>) {
    this.#fetch = fetch
  }

  /**
   * Throws FetchRefusedError when the site does not want the page to be read, or does not let its rules
   * be known.
   */
  async admit(userId: string, url: URL): Promise<void> {
    const { rules, wildcards } = await this.#rulesOf(userId, url.origin)
    if (rules === 'open') return
    if (rules === 'closed') {
      throw new FetchRefusedError(
        'robots_unreachable',
        `${url.host} does not give out its robots.txt, which then counts as a no`
      )
    }
    if (wildcards * url.href.length > MAX_STEPS) {
      throw new FetchRefusedError(
        'robots',
        `the robots.txt of ${url.host} takes too long to be matched with so long an address, which then counts as a no`
      )
    }
    if (rules.isAllowed(url.href, USER_AGENT) === false) {
      throw new FetchRefusedError(
        'robots',
        `${url.host} does not want robots to read that page (robots.txt)`
      )
    }
  }

  #rulesOf(userId: string, origin: string): Promise<RobotsFile> {
    const cacheKey = `${userId} ${origin}`
    const cachedFile = this.#kept.get(cacheKey)
    if (cachedFile && cachedFile.until > Date.now()) return cachedFile.read
    const pendingFile = this.#read(origin)
    const newEntry: CachedFile = { until: Date.now() + KEPT_MS, size: 0, read: pendingFile }
    this.#forget(cacheKey)
    this.#kept.set(cacheKey, newEntry)
    pendingFile
      .then(({ rules, size }) => {
        if (rules === 'closed') newEntry.until = Date.now() + KEPT_AFTER_FAILURE_MS
        if (this.#kept.get(cacheKey) === newEntry) this.#size += newEntry.size = size
        while (this.#kept.size > MAX_KEPT || this.#size > MAX_SIZE) {
          this.#forget(this.#kept.keys().next().value!)
        }
      })
      .catch(() => this.#forget(cacheKey)) // who waits for the rules is told
    return pendingFile
  }

  #forget(key: string): void {
    this.#size -= this.#kept.get(key)?.size ?? 0
    this.#kept.delete(key)
  }

  /** No rules (4xx) mean yes, and a server in trouble means no (RFC 9309 §2.3.1). */
  async #read(origin: string): Promise<RobotsFile> {
    try {
      const robotsUrl = `${origin}/robots.txt`
      const { status, body } = await this.#fetch(robotsUrl)
      if (status >= 400 && status < 500 && status !== 429) return OPEN_SITE
      if (status !== 200) return CLOSED_SITE
      const ruleLines = applicableRules(
        body
          .toString('utf8')
          .replace(/^\ufeff/, '')
          .replace(/\*{2,}/g, '*')
      )
      const totalLength = (some: string[]) => some.reduce((sum, line) => sum + line.length, 0)
      const wildcardSize = totalLength(ruleLines.filter((line) => line.includes('*')))
      if (wildcardSize > MAX_WILDCARDS) return CLOSED_SITE
      return {
        rules: parseRobots(robotsUrl, ['User-agent: *', ...ruleLines].join('\n')),
        size: totalLength(ruleLines) + ruleLines.length * RULE_SIZE,
        wildcards: wildcardSize
      }
    } catch (error) {
      if (error instanceof FetchRefusedError) return CLOSED_SITE
      throw error
    }
  }
}

/**
 * The rules of all groups that name us, or else of those for everybody (RFC 9309 §2.2.1). The
 * parser alone would keep each rule once for every name before it: twenty thousand names before as
 * many rules are more than any memory.
 */
function applicableRules(text: string): string[] {
  const ourName = USER_AGENT.toLowerCase()
  const ruleGroups = new Map<string, string[]>()
  let groupNames = new Set<string>()
  let inNames = false
  for (const textLine of text.split(/\r\n|\r|\n/)) {
    const [, field, value = ''] = /^\s*([a-z-]+)\s*:([^#]*)/i.exec(textLine) ?? []
    if (field === undefined) continue
    const isName = field.toLowerCase() === 'user-agent'
    if (isName && !inNames) groupNames = new Set()
    inNames = isName
    if (isName) {
      const agentName = value.split('/')[0]!.trim().toLowerCase()
      if (agentName !== ourName && agentName !== '*') continue
      groupNames.add(agentName)
      if (!ruleGroups.has(agentName)) ruleGroups.set(agentName, [])
    } else if (/^(dis)?allow$/i.test(field)) {
      for (const groupName of groupNames) ruleGroups.get(groupName)!.push(textLine)
    }
  }
  return ruleGroups.get(ourName) ?? ruleGroups.get('*') ?? []
}
