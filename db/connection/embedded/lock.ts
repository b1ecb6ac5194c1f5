import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from 'fs-native-extensions'

export interface Holder {
  pid: number
  socket: string
  started_at: string
}

/** Somebody else has the data directory open; `holder` is what they wrote about themselves. */
export class DataDirectoryInUse extends Error {
  readonly holder: Holder | undefined
  constructor(directory: string, holder: Holder | undefined) {
    const who = holder ? `process ${holder.pid}, since ${holder.started_at}` : 'another process'
    super(
      `The data directory ${directory} is in use by ${who}. Stop that process, or set DATA_DIR to another directory.`
    )
    this.holder = holder
  }
}

/**
 * Takes the directory for this process. The lock is the operating system's, on an open file: it
 * ends with the process however that dies, and holds between containers that share the directory,
 * where process ids mean nothing. The file's text only tells others whom to talk to. Throws
 * DataDirectoryInUse. Returns the release.
 */
export function lockDirectory(directory: string, socket: string): () => void {
  const path = join(directory, 'kagura.lock')
  const file = openSync(path, 'a+', 0o600)
  if (!tryLock(file)) {
    closeSync(file)
    throw new DataDirectoryInUse(directory, readHolder(path))
  }
  ftruncateSync(file)
  const holder: Holder = { pid: process.pid, socket, started_at: new Date().toISOString() }
  writeSync(file, JSON.stringify(holder) + '\n')
  return () => closeSync(file)
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    return undefined // being written at this moment
  }
}
