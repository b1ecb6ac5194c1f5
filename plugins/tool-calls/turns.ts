import { ToolError } from '../../lib/tool-error.ts'

/**
 * Calls of one person that run at once, and that wait for these: the database's connections and the
 * threads that parse are there for everybody.
 */
const AT_ONCE = 20
const MAX_WAITING = 2000
/** Characters of arguments that are kept of the waiting calls of one person. */
const MAX_KEPT = 64 * 1024 * 1024

interface Person {
  running: number
  waiting: Array<() => void>
  kept: number
}

/**
 * Turns of each person: who calls very much at once waits for himself, and nobody else for him.
 * Kept by each process for itself.
 */
export class Turns {
  readonly #people = new Map<string, Person>()

  /**
   * Does the work with the arguments when it is its turn. Throws ToolError when too much waits
   * already, and an Error when the signal is aborted before.
   */
  async run<A, T>(
    userId: string,
    signal: AbortSignal,
    args: A,
    work: (args: A) => Promise<T>
  ): Promise<T> {
    const person = this.#people.get(userId) ?? { running: 0, waiting: [], kept: 0 }
    this.#people.set(userId, person)
    if (person.running < AT_ONCE) person.running++
    else {
      const size = JSON.stringify(args)?.length ?? 0
      if (person.waiting.length >= MAX_WAITING || person.kept + size > MAX_KEPT) {
        throw new ToolError(
          `${person.waiting.length} of your calls wait already, so this one was not begun. Let some of them end, then call again.`
        )
      }
      person.kept += size
      await this.#wait(person, signal).finally(() => {
        person.kept -= size
      })
    }
    try {
      return await work(args)
    } finally {
      const next = person.waiting.shift()
      if (next) {
        next()
      } // the place goes on to it
      else if (--person.running === 0) this.#people.delete(userId)
    }
  }

  #wait({ waiting }: Person, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1)
        reject(new Error('given up before its turn', { cause: signal.reason }))
      }
      const turn = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      waiting.push(turn)
      signal.addEventListener('abort', leave, { once: true })
    })
  }
}
