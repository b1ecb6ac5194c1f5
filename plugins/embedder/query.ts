import type { Db } from '../../db/connection/connect.ts'
import { type EmbeddingModel, listEmbeddingModels } from '../../db/memory/embedding-models.ts'
import { findVectorIndex } from '../../db/memory/vector-indexes.ts'
import { withDeadline } from '../../lib/deadline.ts'
import type { Embedder, QueryMeaning } from '../../domain/context.ts'
import { type EmbeddingClient, EmbeddingsUnavailableError } from './client.ts'

/** A search does not wait longer for the embedding server. */
const TIMEOUT_MS = 2000
/**
 * After a failure searches do not ask for so long, doubling up to the latter: an outage slows one
 * of many.
 */
const PAUSE_MS = 15_000
const LONGEST_PAUSE_MS = 240_000
/** Characters of a query that are embedded. */
const QUERY_LIMIT = 1200

export interface QueryEmbedder extends Embedder {
  /** The server was seen to work. */
  recovered: () => void
}

interface Options {
  db: Db
  client: EmbeddingClient
  model: string
  prefix: string
  queryPrefix: string
  pgvector: boolean
  timeoutMs?: number
}

/**
 * Which vectors a query is compared with: the configured model's; those of a former one while these
 * are not complete; if neither is, what is there so far.
 */
export function queryEmbedder({
  db,
  client,
  model,
  prefix,
  queryPrefix,
  pgvector,
  timeoutMs = TIMEOUT_MS
}: Options): QueryEmbedder {
  const outages = new Map<string, { until: number; pause: number; reason: string }>()

  async function ask(
    name: string,
    text: string,
    limit: AbortSignal,
    signal: AbortSignal
  ): Promise<number[] | { missing: string }> {
    const outage = outages.get(name)
    if (outage && performance.now() < outage.until) return { missing: outage.reason }
    if (outage) outage.until = performance.now() + outage.pause // one search tries, the others do not wait for it
    try {
      const [vector] = await client.embed(name, [queryPrefix + text], limit)
      outages.delete(name)
      return vector!
    } catch (error) {
      if (!(error instanceof EmbeddingsUnavailableError)) throw error
      const reason = limit.aborted
        ? `the embedding server did not answer within ${timeoutMs / 1000} seconds`
        : error.message
      if (signal.aborted || error.refused) return { missing: reason }
      const pause = Math.min((outage?.pause ?? PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS)
      outages.set(name, { until: performance.now() + pause, pause, reason })
      return { missing: reason }
    }
  }

  return {
    async embed(query, userId, signal): Promise<QueryMeaning> {
      const known = await listEmbeddingModels(db)
      const configured = known.find(
        ({ active, ...knownModel }) =>
          active && knownModel.model === model && knownModel.prefix === prefix
      )
      const former = configured?.completed_at
        ? undefined
        : known.find(({ completed_at: done }) => done)
      const text = query.slice(0, QUERY_LIMIT).replace(/[\uD800-\uDBFF]$/, '')
      return withDeadline(timeoutMs, [signal], async (limit) => {
        const vectors = new Map<string, Awaited<ReturnType<typeof ask>>>()
        let missing = 'no memory has been embedded yet'
        for (const candidateModel of [former, configured]) {
          if (!candidateModel) continue
          const vector =
            vectors.get(candidateModel.model) ??
            (await ask(candidateModel.model, text, limit, signal))
          vectors.set(candidateModel.model, vector)
          if (Array.isArray(vector) && vector.length === candidateModel.dimensions) {
            return compareWith(candidateModel, userId, vector)
          }
          missing = Array.isArray(vector)
            ? 'the embedding server answers with another dimension than before, and the memories are to be embedded anew'
            : vector.missing
        }
        return { missing }
      })
    },
    recovered: () => outages.clear()
  }

  async function compareWith(
    usedModel: EmbeddingModel,
    userId: string,
    vector: number[]
  ): Promise<QueryMeaning> {
    return {
      model_no: usedModel.model_no,
      vector,
      pgvector,
      index: pgvector ? await findVectorIndex(db, userId, usedModel) : undefined
    }
  }
}
