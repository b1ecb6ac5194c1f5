import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { EmbeddingModel } from '../../db/memory/embedding-models.ts'
import { releaseLease, takeLease } from '../../db/connection/leases.ts'
import { updateVectorIndexes } from '../../db/memory/vector-indexes.ts'
import { type EmbeddingClient, EmbeddingsUnavailableError } from './client.ts'
import { embedAllMemories, isAllEmbedded } from './work.ts'

const POLL_MS = 1000
/** The pause after a failure doubles up to this. */
const MAX_PAUSE_MS = 300_000
const LEASE_NAME = 'embedding'
const LEASE_SECONDS = 120
const INDEX_EVERY_MS = 600_000

export interface BackgroundOptions {
  client: EmbeddingClient
  model: string
  prefix: string
  /**
   * Whether to keep indexes. They need pgvector; and the embedded database would make every request
   * wait while it builds one.
   */
  indexes: boolean
}

/**
 * Embeds memories without vectors of the model as long as the service runs. A lease in the
 * database lets one process at a time do so.
 */
export function embedInBackground(app: FastifyInstance, options: BackgroundOptions): void {
  const worker = new BackgroundWorker(app, options)
  worker.start()
  app.addHook('onClose', () => worker.stop())
}

class BackgroundWorker {
  readonly #app: FastifyInstance
  readonly #options: BackgroundOptions
  readonly #leaseHolder = randomUUID()
  readonly #stopping = new AbortController()
  #pause = POLL_MS
  #indexedAt = 0
  #timer: NodeJS.Timeout | undefined
  #currentRound: Promise<void> = Promise.resolve()

  constructor(app: FastifyInstance, options: BackgroundOptions) {
    this.#app = app
    this.#options = options
  }

  start(): void {
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#currentRound
    await releaseLease(this.#app.db, LEASE_NAME, this.#leaseHolder).catch(() => {})
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#currentRound = this.#tryRound()
    }, delay)
  }

  async #tryRound(): Promise<void> {
    try {
      await this.#embedWaiting()
      this.#pause = POLL_MS
    } catch (error) {
      this.#pause = Math.min(this.#pause * 2, MAX_PAUSE_MS)
      if (this.#stopping.signal.aborted) return
      const failure =
        error instanceof EmbeddingsUnavailableError
          ? { reason: error.message, server_text: error.serverText }
          : { err: error }
      this.#app.log.warn({ ...failure, again_in_ms: this.#pause }, 'memories were not embedded')
    }
    if (!this.#stopping.signal.aborted) this.#schedule(this.#pause)
  }

  async #embedWaiting(): Promise<void> {
    const { db, log } = this.#app
    const { client, model, prefix, indexes } = this.#options
    const { signal } = this.#stopping
    if (this.#indexedAt > 0 && (await isAllEmbedded(db, model, prefix))) return
    if (!(await this.#renewLease())) return
    const completedModel = await embedAllMemories({
      db,
      client,
      model,
      prefix,
      signal,
      mayContinue: () => this.#renewLease(),
      onRefused: ({ memory_id: id }, { message, serverText }) =>
        log.warn(
          { memory_id: id, reason: message, server_text: serverText },
          'a memory cannot be embedded'
        )
    })
    const isIndexedLately = Date.now() - this.#indexedAt < INDEX_EVERY_MS
    if (!completedModel || signal.aborted || isIndexedLately) return
    if (indexes) await this.#updateIndexes(completedModel)
    this.#indexedAt = Date.now()
  }

  #renewLease(): Promise<boolean> {
    return takeLease(this.#app.db, LEASE_NAME, this.#leaseHolder, LEASE_SECONDS)
  }

  /** Renews the lease meanwhile, so that no other process starts the same. */
  async #updateIndexes(model: EmbeddingModel): Promise<void> {
    const { signal } = this.#stopping
    const renewalTimer = setInterval(
      () => {
        this.#renewLease().catch(() => {})
      },
      (LEASE_SECONDS * 1000) / 4
    )
    try {
      await updateVectorIndexes(this.#app.db, model, { signal })
    } catch (error) {
      if (signal.aborted) return
      this.#app.log.warn(
        { err: error },
        'an index of vectors was not built; searches work without it'
      )
    } finally {
      clearInterval(renewalTimer)
    }
  }
}
