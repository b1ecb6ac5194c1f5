import pg from 'pg'

/**
 * One connection of PostgreSQL for look-ups, so that they need no place in the pool: what is asked
 * meanwhile is sent without waiting for the answers before it. Only for statements that wait for
 * nobody. Connects when it is first used, and again after a break.
 */
export class Lane {
  readonly #config: pg.ClientConfig
  readonly #onError: (error: Error) => void
  #client: pg.Client | undefined

  constructor(config: pg.ClientConfig, onError: (error: Error) => void) {
    this.#config = config
    this.#onError = onError
  }

  /** Rejects when the connection breaks before the answer, or no answer comes (`query_timeout`). */
  async query<R extends object>(statement: pg.QueryConfig): Promise<R[]> {
    const client = this.#client ?? this.#connect()
    try {
      return (await client.query<R>(statement)).rows
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) {
        // it is the connection that failed, or has not come about
        this.#leave(client)
        client.connection.stream.destroy()
      }
      throw error
    }
  }

  /** What is asked before the connection is there waits in the client's queue. */
  #connect(): pg.Client {
    const client = new pg.Client({ ...this.#config, pipeline: true })
    client.on('error', (error) => {
      this.#leave(client)
      this.#onError(error)
    })
    client.on('end', () => this.#leave(client))
    this.#client = client
    client.connect().catch(() => {
      this.#leave(client)
      void client.end()
    })
    return client
  }

  #leave(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined
  }

  async close(): Promise<void> {
    await this.#client?.end()
  }
}
