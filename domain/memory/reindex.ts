import type { Db } from '../../db/connection/connect.ts'
import {
  hasMemoriesToIndex,
  lockMemoriesToIndex,
  completeIndexing
} from '../../db/memory/index-queue.ts'
import { replacePostings } from '../../db/memory/postings.ts'
import { memoryTerms } from './search/terms.ts'

/** Memories of one transaction: few, since whoever writes one of them waits for it. */
const MEMORIES = 10

/**
 * Makes the search terms of some queued memories anew, each as it is now: neither its version nor
 * its times change. Returns whether any is left.
 */
export async function indexQueuedMemories(db: Db): Promise<boolean> {
  await db.transaction().execute(async (trx) => {
    for (const memory of await lockMemoriesToIndex(trx, MEMORIES)) {
      const { postings, length } = await memoryTerms(memory)
      await replacePostings(trx, memory.user_id, memory.memory_id, postings)
      await completeIndexing(trx, memory, length)
    }
  })
  return hasMemoriesToIndex(db)
}
