import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { EmbeddingModelsTable } from '../schema/index.ts'

export type EmbeddingModel = Selectable<EmbeddingModelsTable>

/** The models that have vectors, newest first. */
export function listEmbeddingModels(db: Db): Promise<EmbeddingModel[]> {
  return db.selectFrom('embedding_models').selectAll().orderBy('model_no', 'desc').execute()
}

/**
 * The model, noted when it answers for the first time. From then on every write of a memory is
 * queued; writers of before the very first model are waited for, so that none is overlooked.
 */
export async function registerEmbeddingModel(
  db: Db,
  model: string,
  prefix: string,
  dimensions: number
): Promise<EmbeddingModel> {
  return db.transaction().execute(async (trx) => {
    const known = await trx.selectFrom('embedding_models').selectAll().execute()
    const same = known.find(
      (one) => one.model === model && one.prefix === prefix && one.dimensions === dimensions
    )
    if (same) return same
    if (known.length === 0) {
      await sql`set local lock_timeout = '2s'`.execute(trx) // who writes meanwhile waits for as long
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
 * Makes this the model of which memories get their vectors. One that was not is to look at all
 * memories again: what was written meanwhile went to the other.
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

/** All memories up to this one have been looked at. */
export async function updateWalkPosition(
  db: Db,
  modelNo: number,
  { user_id: userId, memory_no: no }: { user_id: string; memory_no: number }
): Promise<void> {
  await db
    .updateTable('embedding_models')
    .set({ walked_user: userId, walked_no: no })
    .where('model_no', '=', modelNo)
    .execute()
}

/** Every memory has its vectors of this model: searches use it from now on. */
export async function completeEmbeddingModel(db: Db, modelNo: number): Promise<void> {
  await db
    .updateTable('embedding_models')
    .set({ completed_at: sql`now()` })
    .where('model_no', '=', modelNo)
    .where('completed_at', 'is', null)
    .execute()
}

/**
 * Deletes the other models once their vectors are gone, at most `limit` of these. false while some
 * are left.
 */
export async function deleteFormerModels(db: Db, modelNo: number, limit: number): Promise<boolean> {
  if (
    (await db
      .selectFrom('embedding_models')
      .select('model_no')
      .where('model_no', '<>', modelNo)
      .limit(1)
      .executeTakeFirst()) === undefined
  ) {
    return true
  }
  const { numDeletedRows: deleted } = await db
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
  if (Number(deleted) === limit) return false
  await db.deleteFrom('embedding_models').where('model_no', '<>', modelNo).execute()
  return true
}
