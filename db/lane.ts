import pg from 'pg'

/**
 * One connection of PostgreSQL for look-ups: what is asked meanwhile is sent without waiting for the answers before it, so that a busy service
 * needs fewer turns and no place in the pool. Only for statements that wait for nobody. Connects when it is first used, and again after a break.
 */
export class Lane {
  readonly #config: pg.ClientConfig
  readonly #onError: (error: Error) => void
  #client: pg.Client | undefined

  constructor (config: pg.ClientConfig, onError: (error: Error) => void) {
    this.#config = config
    this.#onError = onError
  }

  /** Rejects when the connection breaks before the answer. */
  async query<R extends object> (statement: pg.QueryConfig): Promise<R[]> {
    const { rows } = await (this.#client ?? this.#connect()).query<R>(statement)
    return rows
  }

  /** What is asked before the connection is there waits in the client's queue. */
  #connect (): pg.Client {
    const client = new pg.Client({ ...this.#config, pipeline: true })
    const gone = () => { if (this.#client === client) this.#client = undefined }
    client.on('error', (error) => { gone(); this.#onError(error) })
    client.on('end', gone)
    this.#client = client
    client.connect().catch(() => { gone(); void client.end() })
    return client
  }

  async close (): Promise<void> {
    await this.#client?.end()
  }
}
