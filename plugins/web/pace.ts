import { setTimeout as sleep } from 'node:timers/promises'
import { FetchRefusedError } from '../guarded-fetch/index.ts'

/** Who must wait longer is told to come back instead, in milliseconds. */
const LONGEST_WAIT = 8000

/** Turns that come no closer together than they may. Kept by each process for itself. */
export class RequestPace {
  readonly #next = new Map<string, number>()

  /**
   * Waits for a turn; of one key the next turn is `everyMs` later. Throws FetchRefusedError when too
   * many wait already, or when it is given up.
   */
  async turn(key: string, everyMs: number, signal: AbortSignal): Promise<void> {
    const currentTime = performance.now()
    const turnTime = Math.max(currentTime, this.#next.get(key) ?? 0)
    if (turnTime - currentTime > LONGEST_WAIT) {
      throw new FetchRefusedError(
        'too_many_requests',
        `too many requests to that host wait already; come back in ${Math.ceil((turnTime - currentTime) / 1000)} seconds`
      )
    }
    this.#next.set(key, turnTime + everyMs)
    if (this.#next.size > 10_000) this.#forget(currentTime)
    if (turnTime > currentTime) {
      await sleep(turnTime - currentTime, undefined, { signal }).catch(() => {
        throw new FetchRefusedError('timeout', 'it took too long')
      })
    }
  }

  #forget(now: number): void {
    for (const [key, at] of this.#next) if (at < now) this.#next.delete(key)
  }
}
