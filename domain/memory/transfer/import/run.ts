/** One thing of a file is not what it must be; the message names file and place, and says why. */
export class BrokenItemError extends Error {
  override name = 'BrokenItemError'
}

/** All items of one thing, or that it is broken: half a conversation is never taken in. */
export function* allOrBroken<T>(items: () => Iterable<T>): Generator<T | { broken: string }> {
  let whole: T[]
  try {
    whole = [...items()]
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    yield { broken: error.message }
    return
  }
  yield* whole
}

interface Copy {
  place: string
  updated: number
  messages: number
}

/**
 * What one import remembers while it reads all files twice: first to look through them, then to
 * take them in. Of a conversation that stands in several files the newest copy is taken.
 */
export class ImportRun {
  readonly #copies = new Map<string, Copy>()
  #looking = true

  /** The first reading is over: from now on each conversation counts once. */
  take(): void {
    this.#looking = false
  }

  /** Whether this copy of the conversation is the one to take. */
  takes(id: string, copy: Copy): boolean {
    const best = this.#copies.get(id)
    if (!this.#looking) return best === undefined || best.place === copy.place
    if (!best || isBetter(copy, best)) this.#copies.set(id, copy)
    return true
  }
}

function isBetter(copy: Copy, best: Copy): boolean {
  if (copy.updated !== best.updated) return copy.updated > best.updated
  return copy.messages > best.messages
}
