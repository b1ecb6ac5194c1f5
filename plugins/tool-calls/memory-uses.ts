import type { FastifyInstance } from 'fastify'
import { outliveCall } from '../../db/connection/cancel.ts'
import { addMemoryUses, type MemoryUses } from '../../db/memory/recall.ts'

/** The longest time that a use waits to be counted. */
const FLUSH_MS = 1000
/** Memories whose uses wait. With more of them they are written at once. */
const MAX_WAITING = 1000
/** A memory that is locked at each of so many attempts stays without the count. */
const MAX_ATTEMPTS = 5

interface WaitingUses extends MemoryUses {
  attempts: number
}

/** Counts a use of a person's memory without waiting for the database. */
export type CountUse = (userId: string, memoryId: string) => void

/**
 * Counts how often memories are used, in batches behind the answers: a call would otherwise wait
 * until its count is on the disk. A crash may lose the last second; a shutdown loses nothing.
 */
export function memoryUses(app: FastifyInstance): CountUse {
  let waitingUses = new Map<string, WaitingUses>()
  let flushTimer: NodeJS.Timeout | undefined
  let lastFlush = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(flushTimer)
    flushTimer = undefined
    return (lastFlush = lastFlush.then(() => outliveCall(writeWaiting)))
  }

  async function writeWaiting(): Promise<void> {
    const batch = [...waitingUses.values()]
    waitingUses = new Map()
    if (batch.length === 0) return
    try {
      const reached = await addMemoryUses(app.db, batch)
      for (const uses of batch) {
        if (!reached.has(uses.memory_id) && ++uses.attempts < MAX_ATTEMPTS) add(uses)
      }
    } catch (error) {
      app.log.error({ err: error, memories: batch.length }, 'uses of memories could not be counted')
    }
  }

  function add(added: WaitingUses): void {
    const waiting = waitingUses.get(added.memory_id)
    if (waiting) waiting.uses += added.uses
    else waitingUses.set(added.memory_id, added)
    if (waitingUses.size >= MAX_WAITING) void flush()
    else {
      flushTimer ??= setTimeout(() => {
        void flush()
      }, FLUSH_MS)
    }
  }

  app.addHook('onClose', flush)
  return (userId, memoryId) => {
    const waiting = waitingUses.get(memoryId)
    if (!waiting) {
      add({ user_id: userId, memory_id: memoryId, uses: 1, last_used: new Date(), attempts: 0 })
      return
    }
    waiting.uses++
    waiting.last_used = new Date()
  }
}
