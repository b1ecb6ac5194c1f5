import type { Db, Trx } from '../../db/connection/connect.ts'
import { deleteLostGraphNodes } from '../../db/graph/nodes.ts'
import {
  type ClearedMemories,
  clearDeletedMemories,
  expireMemories
} from '../../db/memory/expiry.ts'
import { addMemoryUsage } from '../../db/memory/usage.ts'
import { RESTORABLE_DAYS } from '../../db/memory/versions.ts'
import { deleteLostRecords } from '../coding/lost-records.ts'

/** Memories per transaction: on the embedded database all other writers wait for it. */
const BATCH_SIZE = 200
/** Batches per run; the next run continues. */
const MAX_BATCHES = 50

/**
 * Turns expired memories into deletions, then purges deletions that are too old to be restored.
 * Several nodes may run it at once: each takes different rows.
 */
export async function tidyMemories(db: Db): Promise<void> {
  await runInBatches(db, (trx) => expireMemories(trx, BATCH_SIZE))
  await runInBatches(db, async (trx) => {
    const clearedMemories = await clearDeletedMemories(trx, RESTORABLE_DAYS, BATCH_SIZE)
    for (const { user_id: userId } of clearedMemories) {
      await deleteLostGraphNodes(trx, userId)
      await deleteLostRecords(trx, userId)
    }
    return clearedMemories
  })
}

/** Repeats `step`, each time in a transaction, until it clears nothing or the limit is reached. */
async function runInBatches(db: Db, step: (trx: Trx) => Promise<ClearedMemories[]>): Promise<void> {
  for (let batchCount = 0; batchCount < MAX_BATCHES; batchCount++) {
    const clearedMemories = await db.transaction().execute(async (trx) => {
      const userUsages = await step(trx)
      for (const { user_id: userId, ...usage } of userUsages) {
        await addMemoryUsage(trx, userId, usage)
      }
      return userUsages
    })
    if (clearedMemories.length === 0) return
  }
}
