import { AsyncLocalStorage } from 'node:async_hooks'
import { createConnection } from 'node:net'
import pg from 'pg'

const callSignals = new AsyncLocalStorage<AbortSignal>()

/**
 * Runs the work. If the signal aborts, its running statement is cancelled and its transaction
 * rolled back, because nobody reads the result.
 */
export function stopOnAbort<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return callSignals.run(signal, work)
}

/**
 * Runs work that serves other calls, too, or goes on behind its call: its statements do not end
 * with the call that happens to start it.
 */
export function outliveCall<T>(work: () => T): T {
  return callSignals.exit(work)
}

/** A connection that cancels its statement when the call it runs for is aborted. */
export class CancellableClient extends pg.Client {
  /** Whether this closed the connection itself, so that its end is no fault. */
  isStopped = false

  /** Returns the answer, and cancels its statement if the current call is aborted. */
  protected stopWithCall(answer: unknown): unknown {
    const callSignal = callSignals.getStore()
    if (callSignal && !callSignal.aborted && answer instanceof Promise) {
      const stopStatement = () => this.#stop()
      callSignal.addEventListener('abort', stopStatement)
      const removeListener = () => callSignal.removeEventListener('abort', stopStatement)
      answer.then(removeListener, removeListener)
    }
    return answer
  }

  /**
   * Asks PostgreSQL to cancel, and closes the connection: a late cancel request must not hit the
   * statement of another call. The embedded database drops waiting statements; a running one ends
   * by its time limit.
   */
  #stop(): void {
    const { host, port, connection, processID, secretKey } = this as unknown as ConnectedClient
    this.isStopped = true
    connection.stream.destroy()
    const cancelSocket = host.startsWith('/')
      ? createConnection(`${host}/.s.PGSQL.${port}`)
      : createConnection(port, host)
    cancelSocket.on('error', () => {}) // statement_timeout then ends the statement
    const cancelRequest = Buffer.alloc(16)
    for (const [at, number] of [16, CANCEL_REQUEST, processID, secretKey].entries()) {
      cancelRequest.writeInt32BE(number, at * 4)
    }
    cancelSocket.end(cancelRequest)
  }
}

/** A connection that cancels each of its statements when the call is aborted. */
export class StoppableClient extends CancellableClient {
  override query = ((...args: Parameters<pg.Client['query']>) =>
    this.stopWithCall(super.query(...args))) as pg.Client['query']
}

/** CancelRequest, PostgreSQL documentation, chapter 55.7. */
const CANCEL_REQUEST = 80877102

/** Fields of a pg client that its types do not declare. */
interface ConnectedClient {
  host: string
  port: number
  connection: { stream: { destroy: () => void } }
  processID: number
  secretKey: number
}
