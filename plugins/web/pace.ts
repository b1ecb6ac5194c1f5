import { setTimeout as sleep } from 'node:timers/promises'
import { FetchRefusedError } from '../guarded-fetch/index.ts'

/** A longer wait is refused, in milliseconds. */
const LONGEST_WAIT = 8000

/** Spaces requests with the same key. Each process keeps its own times. */
export class RequestPace {
  readonly #next = new Map<string, number>()

  /**
   * Waits for the next turn of the key; turns are `everyMs` milliseconds apart. Throws
   * FetchRefusedError when the queue is too long, or on abort.
   */
  async turn(key: string, everyMs: number, signal: AbortSignal): Promise<void> {
    const currentTime = performance.now()
    const turnTime = Math.max(currentTime, this.#next.get(key) ?? 0)
    if (turnTime - currentTime > LONGEST_WAIT) {
      throw new FetchRefusedError(
        'too_many_requests',
        'too many requests to that host are waiting; try again in ' +
          `${Math.ceil((turnTime - currentTime) / 1000)} seconds`
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
