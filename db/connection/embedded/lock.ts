import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from 'fs-native-extensions'

/** What the holder of the lock writes about itself. */
export interface LockHolder {
  pid: number
  socket: string
  started_at: string
}

/** Another process has the data directory open; `holder` is what it wrote about itself. */
export class DataDirectoryInUseError extends Error {
  override name = 'DataDirectoryInUseError'
  readonly holder: LockHolder | undefined
  constructor(directory: string, holder: LockHolder | undefined) {
    const holderText = holder
      ? `process ${holder.pid}, since ${holder.started_at}`
      : 'another process'
    super(
      `The data directory ${directory} is in use by ${holderText}. ` +
        'Stop that process, or set DATA_DIR to another directory.'
    )
    this.holder = holder
  }
}

/**
 * Locks the directory for this process and returns the release. The operating system holds the lock
 * on an open file: it ends with the process, and it works between containers that share the
 * directory, where process ids mean nothing. The text of the file only tells others how to connect.
 * Throws DataDirectoryInUseError.
 */
export function lockDirectory(directory: string, socket: string): () => void {
  const lockPath = join(directory, 'kagura.lock')
  const lockFile = openSync(lockPath, 'a+', 0o600)
  if (!tryLock(lockFile)) {
    closeSync(lockFile)
    throw new DataDirectoryInUseError(directory, readHolder(lockPath))
  }
  ftruncateSync(lockFile)
  const ownHolder: LockHolder = { pid: process.pid, socket, started_at: new Date().toISOString() }
  writeSync(lockFile, JSON.stringify(ownHolder) + '\n')
  return () => closeSync(lockFile)
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder
  } catch {
    return undefined // it is being written
  }
}
