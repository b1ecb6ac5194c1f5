import type { FastifyInstance } from 'fastify'
import { insertAuditLog } from '../../db/audit/audit-logs.ts'
import {
  deleteImportJob,
  type ImportProgress,
  touchImportJob
} from '../../db/memory/import-jobs.ts'
import type { ImportState, ImportSummary } from '../../db/schema/index.ts'
import { emptySummary } from '../../domain/memory/transfer/upload/summary.ts'
import { UploadedImport } from '../../domain/memory/transfer/upload/uploaded-import.ts'
import { removeTemporaryDirectory } from '../../lib/temporary-directory.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { WorkSlots } from './work-slots.ts'

const BEAT_MS = 2000
/** A rehearsed import that nobody confirms is given up. */
const MAX_READY_MS = 3_600_000

/** An uploaded file in a temporary directory of its own. */
export interface ImportFile {
  directory: string
  path: string
  name: string
  format: string | undefined
  agentName: string
}

/** A person or the server ended the job. */
class JobEndedError extends Error {
  override name = 'JobEndedError'
}

/** One import: rehearsal, a wait for the person, and the import. */
export class ImportJob {
  readonly #app: FastifyInstance
  readonly #slots: WorkSlots
  readonly #file: ImportFile
  readonly #key: { user_id: string; import_id: string }
  readonly #ending = new AbortController()
  #onConfirmed: () => void = () => {}
  #progress = { done: 0, total: 0 }
  #summary: ImportSummary | undefined
  #beating: Promise<void> | undefined
  #isInterrupted = false

  constructor(
    app: FastifyInstance,
    slots: WorkSlots,
    file: ImportFile,
    userId: string,
    importId: string
  ) {
    this.#app = app
    this.#slots = slots
    this.#file = file
    this.#key = { user_id: userId, import_id: importId }
  }

  wake(): void {
    this.#beat()
  }

  interrupt(): void {
    this.#isInterrupted = true
    this.#ending.abort(new JobEndedError('The server stops.'))
  }

  /** Never rejects: every outcome is in the job's row. */
  async run(): Promise<void> {
    const heartbeat = setInterval(() => this.#beat(), BEAT_MS)
    try {
      await this.#work()
    } catch (error) {
      await this.#recordFailure(error).catch((failure: unknown) => this.#app.log.error(failure))
    } finally {
      clearInterval(heartbeat)
      await this.#beating
      await removeTemporaryDirectory(this.#file.directory)
    }
  }

  async #work(): Promise<void> {
    const { db, config } = this.#app
    const uploadedImport = await this.#slots.run(() =>
      UploadedImport.open(db, this.#file, {
        ...this.#key,
        agent_name: this.#file.agentName,
        quota: { memories: config.MEMORY_QUOTA_COUNT, bytes: config.MEMORY_QUOTA_BYTES }
      })
    )
    try {
      const options = {
        signal: this.#ending.signal,
        tell: (done: number, total: number) => (this.#progress = { done, total })
      }
      const rehearsal = await this.#slots.run(() => uploadedImport.rehearse(options))
      await this.#move(['checking'], {
        state: 'ready',
        summary: rehearsal,
        from_format: uploadedImport.format
      })
      await this.#waitForConfirmation()
      this.#progress = { done: 0, total: this.#progress.total }
      this.#summary = emptySummary
      await this.#move(['confirmed'], { state: 'running', summary: emptySummary, done: 0 })
      const result = await this.#slots.run(() =>
        uploadedImport.carryOut(options, (summary) => (this.#summary = summary))
      )
      this.#summary = result
      await this.#move(['running'], { state: 'done', summary: withoutExamples(result) })
      await this.#audit(uploadedImport.format, result)
    } finally {
      uploadedImport.close()
    }
  }

  /** Resolves when the person confirms. Throws JobEndedError when they do not. */
  async #waitForConfirmation(): Promise<void> {
    const { signal } = this.#ending
    const expiry = setTimeout(() => void this.#giveUp(), MAX_READY_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#onConfirmed = resolve
        const end = () => reject(new JobEndedError('The import ended before it was confirmed.'))
        signal.addEventListener('abort', end, { once: true })
        signal.throwIfAborted()
      })
    } finally {
      clearTimeout(expiry)
    }
  }

  async #giveUp(): Promise<void> {
    const { user_id: userId, import_id: importId } = this.#key
    await deleteImportJob(this.#app.db, userId, importId).catch(() => false)
    this.#beat()
  }

  /** Throws JobEndedError if the person has stopped the job. */
  async #move(states: ImportState[], progress: ImportProgress): Promise<void> {
    this.#ending.signal.throwIfAborted()
    if (await touchImportJob(this.#app.db, this.#key, states, progress)) return
    throw new JobEndedError('The person stopped the import.')
  }

  /** Writes the progress, and looks for what the person asked for. One at a time. */
  #beat(): void {
    this.#beating ??= this.#touch()
      .catch((error: unknown) => this.#app.log.warn({ err: error }, 'import progress not written'))
      .finally(() => (this.#beating = undefined))
  }

  async #touch(): Promise<void> {
    const active: ImportState[] = ['checking', 'ready', 'confirmed', 'running']
    const state = await touchImportJob(this.#app.db, this.#key, active, this.#progress)
    if (state === 'confirmed') this.#onConfirmed()
    if (state === undefined) this.#ending.abort(new JobEndedError('The person stopped it.'))
  }

  async #recordFailure(error: unknown): Promise<void> {
    const problem = this.#isInterrupted
      ? 'interrupted'
      : error instanceof ToolError
        ? error.message
        : 'internal'
    if (problem === 'internal' && !(error instanceof JobEndedError)) this.#app.log.error(error)
    const summary = this.#summary && withoutExamples(this.#summary)
    const outcome = { ...this.#progress, ...(summary && { summary }) }
    const { db } = this.#app
    // A stopped job stays stopped: only its numbers are written.
    if (await touchImportJob(db, this.#key, ['stopped'], outcome)) return
    const active: ImportState[] = ['checking', 'ready', 'confirmed', 'running']
    await touchImportJob(db, this.#key, active, { ...outcome, state: 'failed', problem })
  }

  async #audit(format: string, summary: ImportSummary): Promise<void> {
    const { created, changed, unchanged, kept, links } = summary
    await insertAuditLog(this.#app.db, {
      action: 'memory.imported',
      user_id: this.#key.user_id,
      details: { from: format, ...this.#key, created, changed, unchanged, kept, links }
    })
  }
}

/** The examples hold text of memories: they are kept no longer than the person decides. */
function withoutExamples(summary: ImportSummary): ImportSummary {
  return { ...summary, examples: [] }
}
