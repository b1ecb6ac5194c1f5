/** Limits of fetches in parallel and per minute. `perHost`: for each key of `run`. */
export interface FetchBounds {
  perHost: number
  atOnce: number
  perMinute: number
}

/** Limits the fetches that outsiders can cause: per host, in parallel and per minute. */
export class FetchGovernor {
  readonly #bounds: FetchBounds
  readonly #underWay = new Map<string, number>()
  #minute = { since: 0, fetches: 0 }
  constructor(bounds: FetchBounds) {
    this.#bounds = bounds
  }

  /** Fetches if the limits allow it; otherwise returns undefined at once. */
  async run<T>(host: string, fetch: () => Promise<T>): Promise<T | undefined> {
    if (!this.#takePlace(host)) return undefined
    try {
      return await fetch()
    } finally {
      const remainingFetches = this.#underWay.get(host)! - 1
      if (remainingFetches === 0) this.#underWay.delete(host)
      else this.#underWay.set(host, remainingFetches)
    }
  }

  #takePlace(host: string): boolean {
    const { perHost, atOnce, perMinute } = this.#bounds
    if (Date.now() - this.#minute.since > 60_000) this.#minute = { since: Date.now(), fetches: 0 }
    const totalFetches = [...this.#underWay.values()].reduce((sum, count) => sum + count, 0)
    const hostFetches = this.#underWay.get(host) ?? 0
    if (this.#minute.fetches >= perMinute || totalFetches >= atOnce || hostFetches >= perHost) {
      return false
    }
    this.#minute.fetches++
    this.#underWay.set(host, hostFetches + 1)
    return true
  }
}
