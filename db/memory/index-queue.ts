import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** A memory whose search terms are to be made anew. */
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

export async function hasMemoriesToIndex(db: Db): Promise<boolean> {
  return (
    (await db.selectFrom('memory_index_queue').select('memory_no').limit(1).executeTakeFirst()) !==
    undefined
  )
}

/**
 * The next of the queue, their rows locked until the transaction ends; what others are writing just
 * now is left for later.
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

/** Notes the length that a memory's new terms come to, and takes it off the queue. */
export async function completeIndexing(
  trx: Trx,
  { user_id: userId, memory_no: memoryNo }: QueuedMemory,
  length: number
): Promise<void> {
  await trx
    .updateTable('memories')
    .set({ search_length: length })
    .where('user_id', '=', userId)
    .where('memory_no', '=', memoryNo)
    .where('search_length', '<>', sql<number>`${length}::float8`)
    .execute()
  await trx
    .deleteFrom('memory_index_queue')
    .where('user_id', '=', userId)
    .where('memory_no', '=', memoryNo)
    .execute()
}
