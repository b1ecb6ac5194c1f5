import { AsyncLocalStorage } from 'node:async_hooks'
import { createConnection } from 'node:net'
import pg from 'pg'

const givenUp = new AsyncLocalStorage<AbortSignal>()

/**
 * Does the work so that a statement of it that still runs when the signal aborts is stopped, and
 * its transaction undone: nobody waits for the answer any more.
 */
export function stoppable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return givenUp.run(signal, work)
}

/** A connection that can stop its statement when the call is given up for which it runs. */
export class CancellableClient extends pg.Client {
  /** The answer of a statement, which is stopped when the call is given up that it belongs to. */
  protected stopWithCall(answer: unknown): unknown {
    const signal = givenUp.getStore()
    if (signal && !signal.aborted && answer instanceof Promise) {
      const stop = () => this.#stop()
      signal.addEventListener('abort', stop)
      const over = () => signal.removeEventListener('abort', stop)
      answer.then(over, over)
    }
    return answer
  }

  /**
   * Asks PostgreSQL to stop, and ends the connection: a cancel request may arrive late, and must
   * not hit the statement of another call. The embedded database drops what waits for its turn;
   * what runs there already ends by its limit of time.
   */
  #stop(): void {
    const { host, port, connection, processID, secretKey } = this as unknown as ConnectedClient
    connection.stream.destroy()
    const messenger = host.startsWith('/')
      ? createConnection(`${host}/.s.PGSQL.${port}`)
      : createConnection(port, host)
    messenger.on('error', () => {}) // then the statement ends by statement_timeout
    const request = Buffer.alloc(16)
    for (const [at, number] of [16, CANCEL_REQUEST, processID, secretKey].entries()) {
      request.writeInt32BE(number, at * 4)
    }
    messenger.end(request)
  }
}

/** A connection whose statements are all stopped so. */
export class StoppableClient extends CancellableClient {
  override query = ((...args: Parameters<pg.Client['query']>) =>
    this.stopWithCall(super.query(...args))) as pg.Client['query']
}

/** PostgreSQL documentation, chapter 55.7, CancelRequest. */
const CANCEL_REQUEST = 80877102

/** What pg keeps of a connection beyond its types. */
interface ConnectedClient {
  host: string
  port: number
  connection: { stream: { destroy: () => void } }
  processID: number
  secretKey: number
}
