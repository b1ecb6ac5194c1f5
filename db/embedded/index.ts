import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { lockDirectory } from './lock.ts'

export { DataDirectoryInUse } from './lock.ts'

export interface Embedded {
  /** The directory that holds the socket: the `host` of a PostgreSQL client, port 5432. */
  host: string
  /** Other processes that work through the socket get `drainMs` to finish. */
  close: (drainMs?: number) => Promise<void>
}

/**
 * Opens the embedded database in `dataDir`, for this process alone, readable by its owner only.
 * Throws DataDirectoryInUse when another process has it open.
 */
export async function openEmbedded (dataDir: string, onFailure: (error: Error) => void): Promise<Embedded> {
  const directory = resolve(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const socket = socketPath(directory)
  const release = lockDirectory(directory, socket)
  try {
    rmSync(socket, { force: true }) // a killed process leaves it behind
    const data = join(directory, 'pg')
    mkdirSync(data, { recursive: true, mode: 0o700 })
    chmodSync(data, 0o700)
    const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { workerData: { directory: data, socket } })
    await once(worker, 'message')
    worker.on('error', onFailure)
    return {
      host: dirname(socket),
      close: async (drainMs = 0) => {
        worker.off('error', onFailure)
        worker.postMessage({ drainMs })
        await once(worker, 'exit')
        release()
      }
    }
  } catch (error) {
    release()
    throw error
  }
}

/** PostgreSQL clients look for `.s.PGSQL.5432` in a directory. A path over 107 bytes cannot be listened on. */
function socketPath (directory: string): string {
  const path = join(directory, '.s.PGSQL.5432')
  return Buffer.byteLength(path) <= 104 ? path : join(privateFolder(directory), '.s.PGSQL.5432')
}

/**
 * A folder with a short name that nobody else can put anything into. The name can be guessed, and
 * everybody may make folders beside it: one that is not ours is left alone, and the socket goes to a
 * new one that nobody could guess. Others learn of it from the lock file in the data directory.
 */
function privateFolder (directory: string): string {
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
function isPrivate (folder: string): boolean {
  const status = lstatSync(folder)
  return status.isDirectory() && status.uid === userInfo().uid && (status.mode & 0o777) === 0o700
}
