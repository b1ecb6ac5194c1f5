import type { FastifyInstance } from 'fastify'
import { insertAuditLog } from '../../db/audit/audit-logs.ts'
import { listImportJobs, touchImportJob } from '../../db/memory/import-jobs.ts'
import { emptySummary } from '../../domain/memory/transfer/upload/summary.ts'
import { undoImport } from '../../domain/memory/transfer/upload/undo-import.ts'
import type { WorkSlots } from './work-slots.ts'

const BEAT_MS = 10_000
/** The job is among the newest of its owner. */
const MAX_LISTED = 100

/** Takes back one import. It is a job, because a large import takes minutes. */
export class UndoJob {
  readonly #app: FastifyInstance
  readonly #slots: WorkSlots
  readonly #key: { user_id: string; import_id: string }

  constructor(app: FastifyInstance, slots: WorkSlots, userId: string, importId: string) {
    this.#app = app
    this.#slots = slots
    this.#key = { user_id: userId, import_id: importId }
  }

  wake(): void {}

  /** An undo is one transaction: the server waits for its end. */
  interrupt(): void {}

  /** Never rejects: the outcome is in the job's row. */
  async run(): Promise<void> {
    const { db, log } = this.#app
    const touch = () => touchImportJob(db, this.#key, ['undoing'], {}).catch(() => undefined)
    const heartbeat = setInterval(() => void touch(), BEAT_MS)
    try {
      await this.#slots.run(() => this.#undo())
    } catch (error) {
      log.error(error)
      await touchImportJob(db, this.#key, ['undoing'], {
        state: 'failed',
        problem: 'internal'
      }).catch((failure: unknown) => log.error(failure))
    } finally {
      clearInterval(heartbeat)
    }
  }

  async #undo(): Promise<void> {
    const { user_id: userId, import_id: importId } = this.#key
    const jobs = await listImportJobs(this.#app.db, userId, MAX_LISTED)
    const summary = jobs.find((job) => job.import_id === importId)?.summary ?? emptySummary
    await this.#app.db.transaction().execute(async (trx) => {
      const undone = await undoImport(trx, userId, importId)
      const progress = { state: 'undone' as const, summary: { ...summary, undone }, problem: null }
      await touchImportJob(trx, this.#key, ['undoing'], progress)
      const details = { of: 'import', ...undone, import_id: importId }
      await insertAuditLog(trx, { action: 'memory.undone', user_id: userId, details })
    })
  }
}
