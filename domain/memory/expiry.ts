import type { Db, Trx } from '../../db/connection/connect.ts'
import { deleteLostGraphNodes } from '../../db/graph/nodes.ts'
import {
  type ClearedMemories,
  clearDeletedMemories,
  expireMemories
} from '../../db/memory/expiry.ts'
import { addMemoryUsage } from '../../db/memory/usage.ts'
import { RESTORABLE_DAYS } from '../../db/memory/versions.ts'
import { forgetLostRecords } from '../coding/lost.ts'

/** Memories of one transaction: on the embedded database everybody else waits for it. */
const BATCH = 200
/** Batches of one round; what is left waits for the next. */
const MAX_BATCHES = 50

/**
 * Turns memories whose time has come into deletions, then clears what was deleted too long ago to
 * be restored. On several nodes at once each takes others.
 */
export async function tidyMemories(db: Db): Promise<void> {
  await inBatches(db, (trx) => expireMemories(trx, BATCH))
  await inBatches(db, async (trx) => {
    const cleared = await clearDeletedMemories(trx, RESTORABLE_DAYS, BATCH)
    for (const { user_id: userId } of cleared) {
      await deleteLostGraphNodes(trx, userId)
      await forgetLostRecords(trx, userId)
    }
    return cleared
  })
}

async function inBatches(db: Db, step: (trx: Trx) => Promise<ClearedMemories[]>): Promise<void> {
  for (let batches = 0; batches < MAX_BATCHES; batches++) {
    const cleared = await db.transaction().execute(async (trx) => {
      const users = await step(trx)
      for (const { user_id: userId, ...usage } of users) await addMemoryUsage(trx, userId, usage)
      return users
    })
    if (cleared.length === 0) return
  }
}
