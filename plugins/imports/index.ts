import { randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import { deleteImportJob, insertImportJob, moveImportJob } from '../../db/memory/import-jobs.ts'
import { type ImportFile, ImportJob } from './job.ts'
import { UndoJob } from './undo-job.ts'
import { WorkSlots } from './work-slots.ts'

export { receiveUpload, type ReceivedUpload } from './upload.ts'

declare module 'fastify' {
  interface FastifyInstance {
    imports: Imports
  }
}

/** Jobs that one process holds, with their files. */
const MAX_JOBS = 20
/** Jobs that read or write at the same time. The others wait. */
const MAX_WORKING = 2

export interface Imports {
  /**
   * Begins with the rehearsal of an uploaded file, which it removes in the end. `active`: the
   * person has an import already. `busy`: this process has too many.
   */
  start: (file: ImportFile, userId: string) => Promise<'started' | 'active' | 'busy'>
  /** Imports what was rehearsed. Returns false if nothing waits for that. */
  confirm: (userId: string, importId: string) => Promise<boolean>
  /** Ends an import: what is imported by then stays. Returns false if it has ended. */
  stop: (userId: string, importId: string) => Promise<boolean>
  /** Takes back what an import wrote. Returns false while the person has an active import. */
  undo: (userId: string, importId: string) => Promise<boolean>
}

interface RunningJob {
  /** Looks at once for what the person asked for. */
  wake: () => void
  /** Ends the job soon, as interrupted. */
  interrupt: () => void
  run: () => Promise<void>
}

/**
 * app.imports: imports of uploaded files. A job lives in the process that has its file, and its
 * state in the database, so that its owner can follow and steer it through any process.
 */
export default fp(
  async (app) => {
    const jobs = new Map<string, { job: RunningJob; ended: Promise<void> }>()
    const slots = new WorkSlots(MAX_WORKING)

    const launch = (importId: string, job: RunningJob) => {
      const ended = job.run().finally(() => jobs.delete(importId))
      jobs.set(importId, { job, ended })
    }

    app.decorate('imports', {
      async start(file, userId) {
        if (jobs.size >= MAX_JOBS) return 'busy'
        const importId = randomUUID()
        const isInserted = await insertImportJob(app.db, {
          user_id: userId,
          import_id: importId,
          file_name: file.name,
          agent_name: file.agentName
        })
        if (!isInserted) return 'active'
        launch(importId, new ImportJob(app, slots, file, userId, importId))
        return 'started'
      },
      async confirm(userId, importId) {
        const isMoved = await moveImportJob(app.db, userId, importId, ['ready'], 'confirmed')
        jobs.get(importId)?.job.wake()
        return isMoved
      },
      async stop(userId, importId) {
        const isStopped =
          (await deleteImportJob(app.db, userId, importId)) ||
          (await moveImportJob(app.db, userId, importId, ['confirmed', 'running'], 'stopped'))
        jobs.get(importId)?.job.wake()
        return isStopped
      },
      async undo(userId, importId) {
        const ended = ['done', 'failed', 'stopped'] as const
        const isMoved = await moveImportJob(app.db, userId, importId, [...ended], 'undoing')
        if (isMoved) launch(importId, new UndoJob(app, slots, userId, importId))
        return isMoved
      }
    })

    app.addHook('onClose', async () => {
      for (const { job } of jobs.values()) job.interrupt()
      await Promise.all([...jobs.values()].map(({ ended }) => ended))
    })
  },
  { name: 'imports', dependencies: ['db', 'config', 'console'] }
)
