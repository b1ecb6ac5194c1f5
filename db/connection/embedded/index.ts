import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, accessSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lockDirectory } from './lock.ts'
import type { WorkerData } from './worker.ts'

export { DataDirectoryInUseError } from './lock.ts'

/** The embedded database, as this process opened it. */
export interface EmbeddedDatabase {
  /** The directory with the socket: the `host` of a PostgreSQL client, port 5432. */
  host: string
  /** Closes the database. Other processes that use the socket get `drainMs` to finish. */
  close: (drainMs?: number) => Promise<void>
}

/** How long a statement may run that did not lift its limit. */
const STATEMENT_LIMIT_MS = 30_000
/** How often the limit is checked. */
const WATCH_EVERY_MS = 1000

/**
 * Opens the embedded database in `dataDir` for this process alone, readable by its owner only. If a
 * statement exceeds the limit, or the database dies, it is opened again: committed data is there,
 * every client must reconnect, and `onFailure` gets the error. Throws DataDirectoryInUseError if
 * another process has it open.
 */
export async function openEmbedded(
  dataDir: string,
  onFailure: (error: Error) => void,
  { limitMs = STATEMENT_LIMIT_MS } = {}
): Promise<EmbeddedDatabase> {
  const dataDirectory = resolve(dataDir)
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 })
  const socketFile = socketPath(dataDirectory)
  const releaseLock = lockDirectory(dataDirectory, socketFile)
  try {
    const clusterDirectory = join(dataDirectory, 'pg')
    mkdirSync(clusterDirectory, { recursive: true, mode: 0o700 })
    chmodSync(clusterDirectory, 0o700)
    const databaseThread = new DatabaseThread({
      data: clusterDirectory,
      socket: socketFile,
      limitMs,
      onFailure
    })
    await databaseThread.open()
    return {
      host: dirname(socketFile),
      close: async (drainMs = 0) => {
        await databaseThread.close(drainMs)
        releaseLock()
      }
    }
  } catch (error) {
    releaseLock()
    throw error
  }
}

interface ThreadOptions {
  data: string
  socket: string
  limitMs: number
  onFailure: (error: Error) => void
}

/** The thread of the database; another replaces it when it hangs or dies. */
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
      () => this.#checkLimit(),
      Math.min(WATCH_EVERY_MS, this.#options.limitMs / 2)
    )
    this.#watch.unref()
  }

  async close(drainMs: number): Promise<void> {
    this.#closing = true
    await this.#reopening
    const runningWorker = this.#worker
    if (runningWorker) {
      const workerExit = once(runningWorker, 'exit')
      runningWorker.postMessage({ drainMs })
      await workerExit
    }
    clearInterval(this.#watch)
  }

  async #start(): Promise<void> {
    const { data: directory, socket } = this.#options
    rmSync(socket, { force: true }) // a killed process or thread leaves it behind
    Atomics.store(this.#busySince, 0, 0n)
    const workerData: WorkerData = { directory, socket, busySince: this.#busySince }
    const startedWorker = new Worker(
      new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
      {
        workerData
      }
    )
    await once(startedWorker, 'message')
    startedWorker.on('error', (error) => {
      if (!this.#closing) this.#options.onFailure(error)
    })
    startedWorker.on('exit', () => {
      if (this.#worker === startedWorker) this.#worker = undefined
    })
    this.#worker = startedWorker
  }

  #checkLimit(): void {
    const busySince = Number(Atomics.load(this.#busySince, 0))
    const isHanging = busySince > 0 && Date.now() - busySince > this.#options.limitMs
    if (this.#reopening || (this.#worker && !isHanging)) return
    if (this.#closing) {
      void this.#worker?.terminate()
    } else {
      this.#reopening = this.#reopen(isHanging).finally(() => {
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
            `A statement ran longer than ${limitMs / 1000} s. The embedded database restarts.`
          )
        )
      }
      const endedWorker = this.#worker
      this.#worker = undefined
      await endedWorker?.terminate()
      await this.#start()
    } catch (error) {
      onFailure(error as Error) // the next check tries again
    }
  }
}

/**
 * PostgreSQL clients look for `.s.PGSQL.5432` in a directory. The path of a socket may have at most
 * 107 bytes.
 */
function socketPath(directory: string): string {
  const usualPath = join(directory, '.s.PGSQL.5432')
  return Buffer.byteLength(usualPath) <= 104
    ? usualPath
    : join(privateFolder(directory), '.s.PGSQL.5432')
}

/**
 * A folder with a short name that only this user can write to. Its name is predictable, and anyone
 * can create folders beside it. If the folder is not private, the socket goes into a new folder
 * with a random name. Other processes read the path from the lock file in the data directory.
 */
function privateFolder(directory: string): string {
  const directoryHash = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  const socketFolder = join(tmpdir(), `kagura-${userInfo().uid}-${directoryHash}`)
  try {
    mkdirSync(socketFolder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return isPrivate(socketFolder) ? socketFolder : mkdtempSync(join(tmpdir(), 'kagura-'))
}

/**
 * Whether it is a real folder, not a link, that belongs to this user and is closed to all others.
 */
function isPrivate(folder: string): boolean {
  const folderStatus = lstatSync(folder)
  return (
    folderStatus.isDirectory() &&
    folderStatus.uid === userInfo().uid &&
    (folderStatus.mode & 0o777) === 0o700
  )
}

/** Whether opening the data directory creates a database in it, which takes some seconds. */
export function isNewDirectory(dataDir: string): boolean {
  try {
    accessSync(join(dataDir, 'pg', 'PG_VERSION'))
    return false
  } catch (error) {
    // A path through a file gives ENOTDIR instead.
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
