import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { EmbeddingModel } from '../../db/memory/embedding-models.ts'
import { releaseLease, takeLease } from '../../db/connection/leases.ts'
import { updateVectorIndexes } from '../../db/memory/vector-indexes.ts'
import { type EmbeddingClient, EmbeddingsUnavailableError } from './client.ts'
import { embedAllMemories, isAllEmbedded } from './work.ts'

const POLL_MS = 1000
/** After a failure: doubling up to this. */
const LONGEST_PAUSE_MS = 300_000
const LEASE_NAME = 'embedding'
const LEASE_SECONDS = 120
const INDEX_EVERY_MS = 600_000

export interface Background {
  client: EmbeddingClient
  model: string
  prefix: string
  /**
   * Whether indexes are kept: on a server that has pgvector; the embedded database would make
   * everybody wait for one to be built.
   */
  indexes: boolean
}

/**
 * Embeds what has no vectors of the model yet, on one process at a time, as long as the service
 * runs.
 */
export function embedInBackground(
  app: FastifyInstance,
  { client, model, prefix, indexes }: Background
): void {
  const holder = randomUUID()
  const stopping = new AbortController()
  const mayGoOn = () => takeLease(app.db, LEASE_NAME, holder, LEASE_SECONDS)
  let pause = POLL_MS
  let indexed = 0
  let timer = setTimeout(start, 0)
  let running: Promise<void> = Promise.resolve()

  function start(): void {
    running = round()
      .then(
        () => {
          pause = POLL_MS
        },
        (error: unknown) => {
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
          if (stopping.signal.aborted) return
          const failure =
            error instanceof EmbeddingsUnavailableError
              ? { reason: error.message, said: error.said }
              : { error }
          app.log.warn({ ...failure, again_in_ms: pause }, 'memories were not embedded')
        }
      )
      .finally(() => {
        if (!stopping.signal.aborted) timer = setTimeout(start, pause)
      })
  }

  async function round(): Promise<void> {
    if (indexed > 0 && (await isAllEmbedded(app.db, model, prefix))) return
    if (!(await mayGoOn())) return
    const done = await embedAllMemories({
      db: app.db,
      client,
      model,
      prefix,
      signal: stopping.signal,
      mayGoOn,
      onRefused: ({ memory_id: id }, { message, said }) =>
        app.log.warn({ memory_id: id, reason: message, said }, 'a memory cannot be embedded')
    })
    if (!done || stopping.signal.aborted || Date.now() - indexed < INDEX_EVERY_MS) return
    if (indexes) await updateIndexes(done)
    indexed = Date.now()
  }

  /** Nobody else is to begin with the same meanwhile. */
  async function updateIndexes(model: EmbeddingModel): Promise<void> {
    const keeping = setInterval(
      () => {
        mayGoOn().catch(() => {})
      },
      (LEASE_SECONDS * 1000) / 4
    )
    try {
      await updateVectorIndexes(app.db, model, { signal: stopping.signal })
    } catch (error) {
      if (!stopping.signal.aborted) {
        app.log.warn({ error }, 'an index of vectors was not built; searches do without')
      }
    } finally {
      clearInterval(keeping)
    }
  }

  app.addHook('onClose', async () => {
    stopping.abort()
    clearTimeout(timer)
    await running
    await releaseLease(app.db, LEASE_NAME, holder).catch(() => {})
  })
}
