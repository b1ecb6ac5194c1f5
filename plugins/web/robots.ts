import robotsParser from 'robots-parser'
import { FetchRefused, type Fetched, USER_AGENT } from '../guarded-fetch/index.ts'

const KEPT_MS = 3600_000
const KEPT_AFTER_FAILURE_MS = 60_000
const MOST_KEPT = 2000
/** Characters of rules with wildcards; to match more would take too long, and whoever writes more wants to do harm. */
const MOST_WILDCARDS = 100_000

/** A CommonJS module whose types say that it is another kind. */
const parseRobots = robotsParser as unknown as typeof robotsParser.default
type Rules = ReturnType<typeof parseRobots> | 'open' | 'closed'

/** The rules of sites for robots (RFC 9309), read before their pages. What was read for one person is kept for that person only, so that nobody learns where others were. */
export class Robots {
  readonly #fetch: (url: string) => Promise<Fetched>
  readonly #kept = new Map<string, { until: number, rules: Promise<Rules> }>()
  constructor (fetch: (url: string) => Promise<Fetched>) {
    this.#fetch = fetch
  }

  /** Throws FetchRefused when the site does not want the page to be read, or does not let its rules be known. */
  async admit (userId: string, url: URL): Promise<void> {
    const rules = await this.#rulesOf(userId, url.origin)
    if (rules === 'open') return
    if (rules === 'closed') throw new FetchRefused('robots_unreachable', `${url.host} does not give out its robots.txt, which then counts as a no`)
    if (rules.isAllowed(url.href, USER_AGENT) === false) throw new FetchRefused('robots', `${url.host} does not want robots to read that page (robots.txt)`)
  }

  #rulesOf (userId: string, origin: string): Promise<Rules> {
    const key = `${userId} ${origin}`
    const kept = this.#kept.get(key)
    if (kept && kept.until > Date.now()) return kept.rules
    const entry = { until: Date.now() + KEPT_MS, rules: this.#read(origin) }
    this.#kept.delete(key)
    this.#kept.set(key, entry)
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    void entry.rules.then((rules) => { if (rules === 'closed') entry.until = Date.now() + KEPT_AFTER_FAILURE_MS })
    return entry.rules
  }

  /** No rules (4xx) mean yes, and a server in trouble means no (RFC 9309 §2.3.1). */
  async #read (origin: string): Promise<Rules> {
    try {
      const url = `${origin}/robots.txt`
      const { status, body } = await this.#fetch(url)
      if (status >= 400 && status < 500 && status !== 429) return 'open'
      if (status !== 200) return 'closed'
      const text = body.toString('utf8').replace(/^\ufeff/, '').replace(/\*{2,}/g, '*')
      const wildcards = text.split(/[\r\n]/).filter((line) => line.includes('*')).reduce((sum, line) => sum + line.length, 0)
      return wildcards > MOST_WILDCARDS ? 'closed' : parseRobots(url, text)
    } catch (error) {
      if (error instanceof FetchRefused) return 'closed'
      throw error
    }
  }
}
