/** The pause after a failure. It doubles up to the maximum, so an outage slows few searches. */
const PAUSE_MS = 15_000
const MAX_PAUSE_MS = 240_000

interface Outage {
  until: number
  pause: number
  reason: string
}

/** Which models failed lately, and when a search may try each again. In memory of one process. */
export class EmbeddingOutages {
  readonly #outages = new Map<string, Outage>()

  /**
   * The reason not to try the model now; undefined if the caller may try. After a pause one search
   * tries, and the others do not wait for it.
   */
  reasonToWait(model: string): string | undefined {
    const outage = this.#outages.get(model)
    if (!outage) return undefined
    if (performance.now() < outage.until) return outage.reason
    outage.until = performance.now() + outage.pause
    return undefined
  }

  noteFailure(model: string, reason: string): void {
    const formerPause = this.#outages.get(model)?.pause ?? PAUSE_MS / 2
    const pause = Math.min(formerPause * 2, MAX_PAUSE_MS)
    this.#outages.set(model, { until: performance.now() + pause, pause, reason })
  }

  noteSuccess(model: string): void {
    this.#outages.delete(model)
  }

  clear(): void {
    this.#outages.clear()
  }
}
