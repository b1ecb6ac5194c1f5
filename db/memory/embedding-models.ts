import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { EmbeddingModelsTable } from '../schema/index.ts'

export type EmbeddingModel = Selectable<EmbeddingModelsTable>

/** Lists the models that have vectors, newest first. */
export function listEmbeddingModels(db: Db): Promise<EmbeddingModel[]> {
  return db.selectFrom('embedding_models').selectAll().orderBy('model_no', 'desc').execute()
}

/**
 * Returns the model, and inserts it at its first use. From then on a trigger queues every written
 * memory. The first model of all waits for running writers, so that the queue misses none.
 */
export async function registerEmbeddingModel(
  db: Db,
  model: string,
  prefix: string,
  dimensions: number
): Promise<EmbeddingModel> {
  return db.transaction().execute(async (trx) => {
    const knownModels = await trx.selectFrom('embedding_models').selectAll().execute()
    const knownModel = knownModels.find(
      (row) => row.model === model && row.prefix === prefix && row.dimensions === dimensions
    )
    if (knownModel) return knownModel
    if (knownModels.length === 0) {
      // Other writers wait as long as this statement does, so its wait has a limit.
      await sql`set local lock_timeout = '2s'`.execute(trx)
      await sql`lock table memories in share row exclusive mode`.execute(trx)
    }
    return trx
      .insertInto('embedding_models')
      .values({ model, prefix, dimensions })
      .returningAll()
      .executeTakeFirstOrThrow()
  })
}

/**
 * Makes this the only active model, which gives memories their vectors. A model that was inactive
 * starts its walk over all memories again: their writes went to the other model.
 */
export async function activateEmbeddingModel(db: Db, modelNo: number): Promise<EmbeddingModel> {
  return db.transaction().execute(async (trx) => {
    await trx
      .updateTable('embedding_models')
      .set({ active: true, walked_user: '', walked_no: 0, completed_at: null })
      .where('model_no', '=', modelNo)
      .where('active', '=', false)
      .execute()
    await trx
      .updateTable('embedding_models')
      .set({ active: false })
      .where('model_no', '<>', modelNo)
      .where('active', '=', true)
      .execute()
    return trx
      .selectFrom('embedding_models')
      .selectAll()
      .where('model_no', '=', modelNo)
      .executeTakeFirstOrThrow()
  })
}

/** Records that the walk has passed all memories up to this one. */
export async function updateWalkPosition(
  db: Db,
  modelNo: number,
  memory: { user_id: string; memory_no: number }
): Promise<void> {
  await db
    .updateTable('embedding_models')
    .set({ walked_user: memory.user_id, walked_no: memory.memory_no })
    .where('model_no', '=', modelNo)
    .execute()
}

/** Records that every memory has vectors of this model. From now on searches use it. */
export async function completeEmbeddingModel(db: Db, modelNo: number): Promise<void> {
  await db
    .updateTable('embedding_models')
    .set({ completed_at: sql`now()` })
    .where('model_no', '=', modelNo)
    .where('completed_at', 'is', null)
    .execute()
}

/**
 * Deletes all other models and their vectors, at most `limit` vectors per call. Returns false while
 * vectors may be left.
 */
export async function deleteFormerModels(db: Db, modelNo: number, limit: number): Promise<boolean> {
  const formerModel = await db
    .selectFrom('embedding_models')
    .select('model_no')
    .where('model_no', '<>', modelNo)
    .limit(1)
    .executeTakeFirst()
  if (formerModel === undefined) return true
  if ((await deleteFormerVectors(db, modelNo, limit)) === limit) return false
  await db.deleteFrom('embedding_models').where('model_no', '<>', modelNo).execute()
  return true
}

async function deleteFormerVectors(db: Db, modelNo: number, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('memory_vectors')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('user_id', 'model_no', 'memory_no', 'piece'),
        'in',
        selectFrom('memory_vectors')
          .where('model_no', '<>', modelNo)
          .select(['user_id', 'model_no', 'memory_no', 'piece'])
          .limit(limit)
          .$asTuple('user_id', 'model_no', 'memory_no', 'piece')
      )
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
