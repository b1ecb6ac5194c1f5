import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, accessSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lockDirectory } from './lock.ts'
import type { WorkerData } from './worker.ts'

export { DataDirectoryInUse } from './lock.ts'

export interface Embedded {
  /** The directory that holds the socket: the `host` of a PostgreSQL client, port 5432. */
  host: string
  /** Other processes that work through the socket get `drainMs` to finish. */
  close: (drainMs?: number) => Promise<void>
}

/** How long a statement may run that has not said that it needs longer. */
const STATEMENT_LIMIT_MS = 30_000
/** How often is looked whether one runs longer. */
const WATCH_EVERY_MS = 1000

/**
 * Opens the embedded database in `dataDir`, for this process alone, readable by its owner only. A
 * statement that runs longer than the limit is ended by opening the database anew, which is told to
 * `onFailure`: what was committed is there, and every client has to connect again. The same happens
 * when the database dies. Throws DataDirectoryInUse when another process has it open.
 */
export async function openEmbedded(
  dataDir: string,
  onFailure: (error: Error) => void,
  { limitMs = STATEMENT_LIMIT_MS } = {}
): Promise<Embedded> {
  const directory = resolve(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const socket = socketPath(directory)
  const release = lockDirectory(directory, socket)
  try {
    const data = join(directory, 'pg')
    mkdirSync(data, { recursive: true, mode: 0o700 })
    chmodSync(data, 0o700)
    const database = new DatabaseThread({ data, socket, limitMs, onFailure })
    await database.open()
    return {
      host: dirname(socket),
      close: async (drainMs = 0) => {
        await database.close(drainMs)
        release()
      }
    }
  } catch (error) {
    release()
    throw error
  }
}

interface ThreadOptions {
  data: string
  socket: string
  limitMs: number
  onFailure: (error: Error) => void
}

/** The thread that the database runs in, and another in its place when it hangs or dies. */
class DatabaseThread {
  readonly #options: ThreadOptions
  readonly #busySince = new BigInt64Array(new SharedArrayBuffer(8))
  #worker: Worker | undefined
  #watch: NodeJS.Timeout | undefined
  #reopening: Promise<void> | undefined
  #closing = false

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    await this.#start()
    this.#watch = setInterval(
      () => this.#look(),
      Math.min(WATCH_EVERY_MS, this.#options.limitMs / 2)
    )
    this.#watch.unref()
  }

  async close(drainMs: number): Promise<void> {
    this.#closing = true
    await this.#reopening
    const worker = this.#worker
    if (worker) {
      const exit = once(worker, 'exit')
      worker.postMessage({ drainMs })
      await exit
    }
    clearInterval(this.#watch)
  }

  async #start(): Promise<void> {
    const { data: directory, socket } = this.#options
    rmSync(socket, { force: true }) // a killed process or thread leaves it behind
    Atomics.store(this.#busySince, 0, 0n)
    const workerData: WorkerData = { directory, socket, busySince: this.#busySince }
    const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
      workerData
    })
    await once(worker, 'message')
    worker.on('error', (error) => {
      if (!this.#closing) this.#options.onFailure(error)
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    this.#worker = worker
  }

  #look(): void {
    const since = Number(Atomics.load(this.#busySince, 0))
    const hangs = since > 0 && Date.now() - since > this.#options.limitMs
    if (this.#reopening || (this.#worker && !hangs)) return
    if (this.#closing) {
      void this.#worker?.terminate()
    } // nobody is served any more
    else {
      this.#reopening = this.#reopen(hangs).finally(() => {
        this.#reopening = undefined
      })
    }
  }

  async #reopen(hangs: boolean): Promise<void> {
    const { limitMs, onFailure } = this.#options
    try {
      if (hangs) {
        onFailure(
          new Error(
            `A statement ran longer than ${limitMs / 1000} s: the embedded database is opened anew.`
          )
        )
      }
      const worker = this.#worker
      this.#worker = undefined
      await worker?.terminate()
      await this.#start()
    } catch (error) {
      onFailure(error as Error) // tried again at the next look
    }
  }
}

/**
 * PostgreSQL clients look for `.s.PGSQL.5432` in a directory. A path over 107 bytes cannot be
 * listened on.
 */
function socketPath(directory: string): string {
  const path = join(directory, '.s.PGSQL.5432')
  return Buffer.byteLength(path) <= 104 ? path : join(privateFolder(directory), '.s.PGSQL.5432')
}

/**
 * A folder with a short name that nobody else can put anything into. The name can be guessed, and
 * everybody may make folders beside it: one that is not ours is left alone, and the socket goes to
 * a new one that nobody could guess. Others learn of it from the lock file in the data directory.
 */
function privateFolder(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `kagura-${userInfo().uid}-${name}`)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return isPrivate(folder) ? folder : mkdtempSync(join(tmpdir(), 'kagura-'))
}

/** A real folder, no link to one, that belongs to us and opens to nobody else. */
function isPrivate(folder: string): boolean {
  const status = lstatSync(folder)
  return status.isDirectory() && status.uid === userInfo().uid && (status.mode & 0o777) === 0o700
}

/** Whether opening the data directory makes a database in it; that takes some seconds. */
export function isNewDirectory(dataDir: string): boolean {
  try {
    accessSync(join(dataDir, 'pg', 'PG_VERSION'))
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' // not where the path leads through a file
  }
}
