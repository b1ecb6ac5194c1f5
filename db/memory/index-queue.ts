import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** A memory that waits for new search terms. */
export interface QueuedMemory {
  user_id: string
  memory_no: number
  memory_id: string
  key: string
  value: string
  tags: string[]
  speaker: string | null
  session_id: string | null
  occurred_at: Date | null
}

/** Whether any memory waits for new search terms. */
export async function hasMemoriesToIndex(db: Db): Promise<boolean> {
  const queuedMemory = await db
    .selectFrom('memory_index_queue')
    .select('memory_no')
    .limit(1)
    .executeTakeFirst()
  return queuedMemory !== undefined
}

/**
 * Locks and returns the next memories of the queue until the transaction ends. It skips memories
 * that another transaction is writing; a later call finds them.
 */
export async function lockMemoriesToIndex(trx: Trx, limit: number): Promise<QueuedMemory[]> {
  return trx
    .selectFrom('memory_index_queue as queued')
    .innerJoin('memories', (join) =>
      join
        .onRef('memories.user_id', '=', 'queued.user_id')
        .onRef('memories.memory_no', '=', 'queued.memory_no')
    )
    .select([
      'memories.user_id',
      'memories.memory_no',
      'memory_id',
      'key',
      'value',
      'tags',
      'speaker',
      'session_id',
      'occurred_at'
    ])
    .orderBy('queued.user_id')
    .orderBy('queued.memory_no')
    .limit(limit)
    .forUpdate('memories')
    .skipLocked()
    .execute()
}

/** Stores the length of a memory's new terms and takes the memory off the queue. */
export async function completeIndexing(
  trx: Trx,
  memory: QueuedMemory,
  searchLength: number
): Promise<void> {
  await trx
    .updateTable('memories')
    .set({ search_length: searchLength })
    .where('user_id', '=', memory.user_id)
    .where('memory_no', '=', memory.memory_no)
    .where('search_length', '<>', sql<number>`${searchLength}::float8`)
    .execute()
  await trx
    .deleteFrom('memory_index_queue')
    .where('user_id', '=', memory.user_id)
    .where('memory_no', '=', memory.memory_no)
    .execute()
}
