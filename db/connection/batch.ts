import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import type { Db } from './connect.ts'

/** What is asked at once, at most. */
const MAX_BATCH_SIZE = 32

interface Batch<T, R> {
  items: T[]
  sent: boolean
  done: Promise<Map<T, R>>
}

/**
 * For what is asked often, of which many at once cost little more than one: `many` gets what was
 * asked in one turn of the event loop, or while it was busy with the batch before, and answers what
 * it can. It must wait for nobody. What it leaves out, or all when the database refuses the
 * statement, is asked `alone`, so that who must wait, or asks for what cannot be, does so for
 * himself. Nothing is asked before it came in, so no answer is older than its question. In a
 * transaction all is asked alone: nobody is beside it, and after a refusal nothing more can be
 * asked. Rejects when the connection breaks, for nobody knows then what was done.
 */
export function inBatches<T, R>(
  many: (db: Db, items: T[]) => Promise<Map<T, R>>,
  alone: (db: Db, item: T) => Promise<R>
): (db: Db, item: T) => Promise<R> {
  const newest = new WeakMap<Db, Batch<T, R>>()

  function open(db: Db, before: Promise<unknown> | undefined): Batch<T, R> {
    const batch: Batch<T, R> = { items: [], sent: false, done: send() }
    return batch

    async function send(): Promise<Map<T, R>> {
      await before?.catch(() => {})
      await turn()
      batch.sent = true
      try {
        return await many(db, batch.items)
      } catch (error) {
        if (error instanceof pg.DatabaseError) return new Map()
        throw error
      }
    }
  }

  return async (db, item) => {
    if (db.isTransaction) return alone(db, item)
    let batch = newest.get(db)
    if (!batch || batch.sent || batch.items.length === MAX_BATCH_SIZE) {
      batch = open(db, batch?.done)
      newest.set(db, batch)
    }
    batch.items.push(item)
    const done = await batch.done
    return done.has(item) ? done.get(item)! : alone(db, item)
  }
}
