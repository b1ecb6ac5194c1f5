import type { Db } from '../../db/connection/connect.ts'
import {
  hasMemoriesToIndex,
  lockMemoriesToIndex,
  completeIndexing
} from '../../db/memory/index-queue.ts'
import { replacePostings } from '../../db/memory/postings.ts'
import { memoryTerms } from './search/terms.ts'

/** Memories per transaction: few, because a writer of one of them waits for it. */
const BATCH_SIZE = 10

/**
 * Rebuilds the search terms of the next queued memories. Their versions and times do not change.
 * Returns whether the queue still holds any.
 */
export async function indexQueuedMemories(db: Db): Promise<boolean> {
  await db.transaction().execute(async (trx) => {
    for (const memory of await lockMemoriesToIndex(trx, BATCH_SIZE)) {
      const { postings, length } = await memoryTerms(memory)
      await replacePostings(trx, memory.user_id, memory.memory_id, postings)
      await completeIndexing(trx, memory, length)
    }
  })
  return hasMemoriesToIndex(db)
}
