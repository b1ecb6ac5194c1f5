import type { Db } from '../../db/connection/connect.ts'
import { type EmbeddingModel, listEmbeddingModels } from '../../db/memory/embedding-models.ts'
import { findVectorIndex } from '../../db/memory/vector-indexes.ts'
import { withDeadline } from '../../lib/deadline.ts'
import type { Embedder, QueryMeaning } from '../../domain/context.ts'
import { type EmbeddingClient, EmbeddingsUnavailableError } from './client.ts'
import { EmbeddingOutages } from './outages.ts'

/** A search does not wait longer for the embedding server. */
const TIMEOUT_MS = 2000
/** Characters of a query that are embedded. */
const QUERY_LIMIT = 1200

export interface QueryEmbedder extends Embedder {
  /** Call it when the server works, so that searches ask it again at once. */
  recovered: () => void
}

interface EmbedderOptions {
  db: Db
  client: EmbeddingClient
  model: string
  prefix: string
  queryPrefix: string
  pgvector: boolean
  timeoutMs?: number
}

/** A vector, or the reason why there is none. */
type QueryVector = number[] | { missing: string }

/**
 * Embeds queries. A query is compared with vectors of the configured model. While these are
 * incomplete, it is compared with those of a former complete model, if there is one.
 */
export function queryEmbedder(options: EmbedderOptions): QueryEmbedder {
  const { timeoutMs = TIMEOUT_MS } = options
  const outages = new EmbeddingOutages()
  return {
    async embed(query, userId, signal): Promise<QueryMeaning> {
      const candidateModels = await listCandidateModels(options)
      const queryText = query.slice(0, QUERY_LIMIT).replace(/[\uD800-\uDBFF]$/, '')
      return withDeadline(timeoutMs, [signal], async (limit) => {
        const vectors = new Map<string, QueryVector>()
        let missing = 'no memory has been embedded yet'
        for (const candidateModel of candidateModels) {
          const { model, dimensions } = candidateModel
          const vector =
            vectors.get(model) ??
            (await requestVector(options, outages, { model, queryText, limit, signal }))
          vectors.set(model, vector)
          if (Array.isArray(vector) && vector.length === dimensions) {
            return compareWith(options, candidateModel, userId, vector)
          }
          missing = Array.isArray(vector)
            ? 'the embedding server answers with another dimension than before, so all memories ' +
              'must be embedded again'
            : vector.missing
        }
        return { missing }
      })
    },
    recovered: () => outages.clear()
  }
}

/** The models whose vectors a query may use, the best first. */
async function listCandidateModels({
  db,
  model,
  prefix
}: EmbedderOptions): Promise<EmbeddingModel[]> {
  const storedModels = await listEmbeddingModels(db)
  const configuredModel = storedModels.find(
    (stored) => stored.active && stored.model === model && stored.prefix === prefix
  )
  const formerModel = configuredModel?.completed_at
    ? undefined
    : storedModels.find((stored) => stored.completed_at)
  return [formerModel, configuredModel].filter((candidate) => candidate !== undefined)
}

interface VectorRequest {
  model: string
  queryText: string
  /** Aborts at the deadline of the request, or with `signal`. */
  limit: AbortSignal
  signal: AbortSignal
}

/** Asks the server for the vector, unless it failed lately. */
async function requestVector(
  { client, queryPrefix, timeoutMs = TIMEOUT_MS }: EmbedderOptions,
  outages: EmbeddingOutages,
  { model, queryText, limit, signal }: VectorRequest
): Promise<QueryVector> {
  const reasonToWait = outages.reasonToWait(model)
  if (reasonToWait !== undefined) return { missing: reasonToWait }
  try {
    const [vector] = await client.embed(model, [queryPrefix + queryText], limit)
    outages.noteSuccess(model)
    return vector!
  } catch (error) {
    if (!(error instanceof EmbeddingsUnavailableError)) throw error
    const reason = limit.aborted
      ? `the embedding server did not answer within ${timeoutMs / 1000} seconds`
      : error.message
    // Neither a cancelled search nor a refused text is an outage of the server.
    if (!signal.aborted && !error.refused) outages.noteFailure(model, reason)
    return { missing: reason }
  }
}

async function compareWith(
  { db, pgvector }: EmbedderOptions,
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
