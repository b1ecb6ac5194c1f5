import { setTimeout as sleep } from 'node:timers/promises'
import { FetchRefused } from '../guarded-fetch/index.ts'

/** Who must wait longer is told to come back instead, in milliseconds. */
const LONGEST_WAIT = 8000

/** Turns that come no closer together than they may. Kept by each process for itself. */
export class Pace {
  readonly #next = new Map<string, number>()

  /**
   * Waits for a turn; of one key the next turn is `everyMs` later. Throws FetchRefused when too
   * many wait already, or when it is given up.
   */
  async turn(key: string, everyMs: number, signal: AbortSignal): Promise<void> {
    const now = performance.now()
    const at = Math.max(now, this.#next.get(key) ?? 0)
    if (at - now > LONGEST_WAIT) {
      throw new FetchRefused(
        'too_many_requests',
        `too many requests to that host wait already; come back in ${Math.ceil((at - now) / 1000)} seconds`
      )
    }
    this.#next.set(key, at + everyMs)
    if (this.#next.size > 10_000) this.#forget(now)
    if (at > now) {
      await sleep(at - now, undefined, { signal }).catch(() => {
        throw new FetchRefused('timeout', 'it took too long')
      })
    }
  }

  #forget(now: number): void {
    for (const [key, at] of this.#next) if (at < now) this.#next.delete(key)
  }
}
