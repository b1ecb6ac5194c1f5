import robotsParser from 'robots-parser'
import { FetchRefusedError, type FetchedAnswer, USER_AGENT } from '../guarded-fetch/index.ts'

const KEPT_MS = 3600_000
const KEPT_AFTER_FAILURE_MS = 60_000
const MAX_KEPT = 2000
/** Size of all cached rules; each rule counts its characters and a fixed overhead. */
const MAX_SIZE = 20_000_000
const RULE_SIZE = 100
/** Characters of rules with wildcards. More would take too long to match, and is an attack. */
const MAX_WILDCARDS = 100_000
/** Wildcard characters times address characters: the worst match takes about 0.1 seconds. */
const MAX_STEPS = 20_000_000

/** The types of this CommonJS module wrongly declare an ES module. */
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
 * The robots.txt rules of sites (RFC 9309), read before their pages. The cache is per user, so that
 * its timing does not reveal what other users read.
 */
export class RobotsPolicy {
  readonly #fetch: (url: string) => Promise<FetchedAnswer>
  readonly #kept = new Map<string, CachedFile>()
  #size = 0
  constructor(fetch: (url: string) => Promise<FetchedAnswer>) {
    this.#fetch = fetch
  }

  /** Throws FetchRefusedError if robots.txt forbids the page or cannot be read. */
  async admit(userId: string, url: URL): Promise<void> {
    const { rules, wildcards } = await this.#rulesOf(userId, url.origin)
    if (rules === 'open') return
    if (rules === 'closed') {
      throw new FetchRefusedError(
        'robots_unreachable',
        `${url.host} does not provide its robots.txt, which counts as a refusal`
      )
    }
    if (wildcards * url.href.length > MAX_STEPS) {
      throw new FetchRefusedError(
        'robots',
        `the robots.txt of ${url.host} takes too long to match with such a long address, which ` +
          'counts as a refusal'
      )
    }
    if (rules.isAllowed(url.href, USER_AGENT) === false) {
      throw new FetchRefusedError(
        'robots',
        `${url.host} does not allow robots to read that page (robots.txt)`
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
      .catch(() => this.#forget(cacheKey)) // the caller receives the error
    return pendingFile
  }

  #forget(key: string): void {
    this.#size -= this.#kept.get(key)?.size ?? 0
    this.#kept.delete(key)
  }

  /** Missing rules (4xx) allow everything; a failing server forbids it (RFC 9309 §2.3.1). */
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
 * The rules of the groups for this server, or else for all robots (RFC 9309 §2.2.1). The parser
 * stores every rule once for each name of its group, which can exhaust memory.
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
