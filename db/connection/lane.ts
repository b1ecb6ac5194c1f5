import pg from 'pg'

/**
 * One pipelined PostgreSQL connection for look-ups, which then need no place in the pool. It sends
 * each statement without waiting for earlier answers, so it is only for statements that never wait
 * for a lock. It connects at first use, and again after a failure.
 */
export class LookupLane {
  readonly #config: pg.ClientConfig
  readonly #onError: (error: Error) => void
  #client: pg.Client | undefined

  constructor(config: pg.ClientConfig, onError: (error: Error) => void) {
    this.#config = config
    this.#onError = onError
  }

  /** Rejects if the connection breaks before the answer, or no answer comes (`query_timeout`). */
  async query<R extends object>(statement: pg.QueryConfig): Promise<R[]> {
    const laneClient = this.#client ?? this.#connect()
    try {
      return (await laneClient.query<R>(statement)).rows
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) {
        // The connection failed, or was never established.
        this.#leave(laneClient)
        laneClient.connection.stream.destroy()
      }
      throw error
    }
  }

  /** Statements sent before the connection is ready wait in the queue of the client. */
  #connect(): pg.Client {
    const laneClient = new pg.Client({ ...this.#config, pipeline: true })
    laneClient.on('error', (error) => {
      this.#leave(laneClient)
      this.#onError(error)
    })
    laneClient.on('end', () => this.#leave(laneClient))
    this.#client = laneClient
    laneClient.connect().catch(() => {
      this.#leave(laneClient)
      void laneClient.end()
    })
    return laneClient
  }

  #leave(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined
  }

  async close(): Promise<void> {
    await this.#client?.end()
  }
}
