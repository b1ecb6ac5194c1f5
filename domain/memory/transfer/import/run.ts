/** A part of a file is invalid. The message names the file and the place, and explains why. */
export class BrokenItemError extends Error {
  override name = 'BrokenItemError'
}

/** Yields all items, or one `broken` item if any fails: half a conversation is never imported. */
export function* allOrBroken<T>(
  generateItems: () => Iterable<T>
): Generator<T | { broken: string }> {
  let allItems: T[]
  try {
    allItems = [...generateItems()]
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    yield { broken: error.message }
    return
  }
  yield* allItems
}

interface ConversationCopy {
  place: string
  updated: number
  messages: number
}

/**
 * The memory of one import, which reads all files twice: first to check them, then to import. Of a
 * conversation in several files it takes the newest copy.
 */
export class ImportRun {
  readonly #bestCopies = new Map<string, ConversationCopy>()
  #isFirstReading = true

  /** Ends the first reading. From now on each conversation is taken once. */
  take(): void {
    this.#isFirstReading = false
  }

  /** Whether this copy of the conversation is to be imported. */
  takes(conversationId: string, copy: ConversationCopy): boolean {
    const bestCopy = this.#bestCopies.get(conversationId)
    if (!this.#isFirstReading) return bestCopy === undefined || bestCopy.place === copy.place
    if (!bestCopy || isBetterCopy(copy, bestCopy)) this.#bestCopies.set(conversationId, copy)
    return true
  }
}

function isBetterCopy(copy: ConversationCopy, bestCopy: ConversationCopy): boolean {
  if (copy.updated !== bestCopy.updated) return copy.updated > bestCopy.updated
  return copy.messages > bestCopy.messages
}
