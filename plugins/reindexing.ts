import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { hasMemoriesToIndex } from '../db/memory/index-queue.ts'
import { releaseLease, takeLease } from '../db/connection/leases.ts'
import { indexQueuedMemories } from '../domain/memory/reindex.ts'

const LEASE_NAME = 'reindexing'
const LEASE_SECONDS = 120
/** Between two batches, so that requests come first. */
const PAUSE_MS = 20
const RETRY_MS = 60_000

/**
 * Renews the search terms of memories that an earlier version of the service stored. Until then the
 * search finds these memories by their old terms. One process at a time works, by a lease.
 */
export default fp(
  async (app) => {
    const leaseHolder = randomUUID()
    const shutdown = new AbortController()
    const { signal } = shutdown

    async function reindexAll(): Promise<void> {
      if (!(await hasMemoriesToIndex(app.db))) return
      app.log.info(
        'memories of an earlier version are indexed again in the background; ' +
          'they can be searched meanwhile'
      )
      while (!signal.aborted) {
        if (!(await takeLease(app.db, LEASE_NAME, leaseHolder, LEASE_SECONDS))) {
          await pause(RETRY_MS, undefined, { signal })
        } else if (!(await indexQueuedMemories(app.db))) {
          return app.log.info('all memories are indexed')
        }
        await pause(PAUSE_MS, undefined, { signal })
      }
    }

    async function retryUntilDone(): Promise<void> {
      while (!signal.aborted) {
        try {
          return await reindexAll()
        } catch (error) {
          if (signal.aborted) return
          app.log.error(error, 'indexing memories again failed; the next try is in a minute')
          await pause(RETRY_MS, undefined, { signal }).catch(() => {})
        }
      }
    }

    let backgroundWork = Promise.resolve()
    app.addHook('onReady', async () => {
      backgroundWork = retryUntilDone()
    })
    app.addHook('onClose', async () => {
      shutdown.abort()
      await backgroundWork
      await releaseLease(app.db, LEASE_NAME, leaseHolder).catch(() => {})
    })
  },
  { name: 'reindexing', dependencies: ['db'] }
)
