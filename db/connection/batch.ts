import { setImmediate as nextTurn } from 'node:timers/promises'
import pg from 'pg'
import { outliveCall } from './cancel.ts'
import type { Db } from './connect.ts'

/** Items that one batch may hold. */
const MAX_BATCH_SIZE = 32

interface PendingBatch<T, R> {
  items: T[]
  sent: boolean
  done: Promise<Map<T, R>>
}

/**
 * Combines concurrent calls into batches. A batch holds the items of one turn of the event loop,
 * and those that arrive while the previous batch runs; no result is older than its call. `runBatch`
 * must not wait for a lock. It leaves out items that would have to wait or cannot succeed. Those
 * run with `runSingle`, as do all items if the database refuses the statement. Inside a transaction
 * each item runs alone: there are no concurrent callers, and a refused statement would end the
 * transaction. Rejects if the connection breaks, because the outcome is then unknown. A batch goes
 * on when the call that opened it is given up.
 */
export function coalesceCalls<T, R>(
  runBatch: (db: Db, items: T[]) => Promise<Map<T, R>>,
  runSingle: (db: Db, item: T) => Promise<R>
): (db: Db, item: T) => Promise<R> {
  const newestBatches = new WeakMap<Db, PendingBatch<T, R>>()

  function openBatch(db: Db, before: Promise<unknown> | undefined): PendingBatch<T, R> {
    const openedBatch: PendingBatch<T, R> = { items: [], sent: false, done: outliveCall(sendBatch) }
    return openedBatch

    async function sendBatch(): Promise<Map<T, R>> {
      await before?.catch(() => {})
      await nextTurn()
      openedBatch.sent = true
      try {
        return await runBatch(db, openedBatch.items)
      } catch (error) {
        if (error instanceof pg.DatabaseError) return new Map()
        throw error
      }
    }
  }

  return async (db, item) => {
    if (db.isTransaction) return runSingle(db, item)
    let currentBatch = newestBatches.get(db)
    if (!currentBatch || currentBatch.sent || currentBatch.items.length === MAX_BATCH_SIZE) {
      currentBatch = openBatch(db, currentBatch?.done)
      newestBatches.set(db, currentBatch)
    }
    currentBatch.items.push(item)
    const batchResults = await currentBatch.done
    return batchResults.has(item) ? batchResults.get(item)! : runSingle(db, item)
  }
}
