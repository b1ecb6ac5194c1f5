import type { Db, Trx } from './connect.ts'

/** Rolls the rehearsal back and carries its result. */
class RehearsalRollbackError<T> extends Error {
  override name = 'RehearsalRollbackError'
  readonly result: T
  constructor(result: T) {
    super('The rehearsal is rolled back.')
    this.result = result
  }
}

/** Runs the work, rolls it back and returns its result. */
export async function rehearseWork<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute<T>(async (trx) => {
      throw new RehearsalRollbackError(await work(trx))
    })
  } catch (error) {
    if (error instanceof RehearsalRollbackError) return error.result as T
    throw error
  }
}
