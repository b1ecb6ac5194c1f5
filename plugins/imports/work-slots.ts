/** A few places for work. Who comes when all are taken waits for one, in order. */
export class WorkSlots {
  #freePlaces: number
  readonly #waiting: Array<() => void> = []

  constructor(places: number) {
    this.#freePlaces = places
  }

  /** Runs the work when there is a place for it. Throws what the work throws. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#freePlaces > 0) this.#freePlaces--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#freePlaces++
    }
  }
}
