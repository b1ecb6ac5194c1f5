import { ToolError } from '../../lib/tool-error.ts'

/** Calls of one person that run at the same time. Everybody shares connections and threads. */
const MAX_RUNNING = 20
const MAX_WAITING = 2000
/** Characters of arguments that the waiting calls of one person may hold in memory. */
const MAX_WAITING_LENGTH = 64 * 1024 * 1024

interface PersonQueue {
  running: number
  waiting: Array<() => void>
  waitingLength: number
}

/**
 * Limits the concurrent calls of each person, so that the burst of one person delays nobody else.
 * Each process has its own queue.
 */
export class CallQueue {
  readonly #queues = new Map<string, PersonQueue>()

  /**
   * Runs the work with the arguments when it is its turn. Throws ToolError when too many calls
   * wait, and an Error when the signal aborts before the turn.
   */
  async run<A, T>(
    userId: string,
    signal: AbortSignal,
    args: A,
    work: (args: A) => Promise<T>
  ): Promise<T> {
    const personQueue = this.#queues.get(userId) ?? { running: 0, waiting: [], waitingLength: 0 }
    this.#queues.set(userId, personQueue)
    if (personQueue.running < MAX_RUNNING) personQueue.running++
    else await this.#waitWith(personQueue, signal, args)
    try {
      return await work(args)
    } finally {
      const startNext = personQueue.waiting.shift()
      if (startNext) {
        startNext()
      } // the next call takes over this place
      else if (--personQueue.running === 0) this.#queues.delete(userId)
    }
  }

  async #waitWith(personQueue: PersonQueue, signal: AbortSignal, args: unknown): Promise<void> {
    const argsLength = JSON.stringify(args)?.length ?? 0
    const waitingCount = personQueue.waiting.length
    if (
      waitingCount >= MAX_WAITING ||
      personQueue.waitingLength + argsLength > MAX_WAITING_LENGTH
    ) {
      throw new ToolError(
        `${waitingCount} of your calls wait already, so this call did not start. ` +
          'Let some of them end, then call again.'
      )
    }
    personQueue.waitingLength += argsLength
    await this.#waitForTurn(personQueue, signal).finally(() => {
      personQueue.waitingLength -= argsLength
    })
  }

  #waitForTurn({ waiting }: PersonQueue, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaveQueue = () => {
        waiting.splice(waiting.indexOf(takeTurn), 1)
        reject(new Error('the call ended before its turn', { cause: signal.reason }))
      }
      const takeTurn = () => {
        signal.removeEventListener('abort', leaveQueue)
        resolve()
      }
      waiting.push(takeTurn)
      signal.addEventListener('abort', leaveQueue, { once: true })
    })
  }
}
