import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { hasMemoriesToIndex } from '../db/memory/index-queue.ts'
import { releaseLease, takeLease } from '../db/connection/leases.ts'
import { indexQueuedMemories } from '../domain/memory/reindex.ts'

const LEASE = 'reindexing'
const LEASE_SECONDS = 120
/** Between two portions, so that requests come first. */
const PAUSE_MS = 20
const AGAIN_MS = 60_000

/**
 * Makes the search terms of memories anew that a former version of the service stored; they are
 * found by their former terms until then.
 */
export default fp(
  async (app) => {
    const holder = randomUUID()
    const stopping = new AbortController()
    const { signal } = stopping

    async function reindex(): Promise<void> {
      if (!(await hasMemoriesToIndex(app.db))) return
      app.log.info(
        'memories of a former version are indexed anew in the background; they can be searched meanwhile'
      )
      while (!signal.aborted) {
        if (!(await takeLease(app.db, LEASE, holder, LEASE_SECONDS))) {
          await pause(AGAIN_MS, undefined, { signal })
        } else if (!(await indexQueuedMemories(app.db)))
          return app.log.info('all memories are indexed')
        await pause(PAUSE_MS, undefined, { signal })
      }
    }

    async function untilDone(): Promise<void> {
      while (!signal.aborted) {
        try {
          return await reindex()
        } catch (error) {
          if (signal.aborted) return
          app.log.error(error, 'indexing memories anew; tried again in a minute')
          await pause(AGAIN_MS, undefined, { signal }).catch(() => {})
        }
      }
    }

    let running = Promise.resolve()
    app.addHook('onReady', async () => {
      running = untilDone()
    })
    app.addHook('onClose', async () => {
      stopping.abort()
      await running
      await releaseLease(app.db, LEASE, holder).catch(() => {})
    })
  },
  { name: 'reindexing', dependencies: ['db'] }
)
