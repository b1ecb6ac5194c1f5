import type { Db } from '../../../../db/connection/connect.ts'
import type { ImportSummary } from '../../../../db/schema/index.ts'
import type { MemoryQuota } from '../../../context.ts'

/** Characters of one value: a conversation has less, and larger ones would hold up the server. */
export const MAX_VALUE_CHARACTERS = 32 * 1024 * 1024

export interface UploadOwner {
  user_id: string
  import_id: string
  /** The namespace of memories from another product. */
  agent_name: string
  quota: MemoryQuota
}

export interface ImportProgressOptions {
  /** Receives how many memories and links, or lines, are done, of how many; 0 is unknown. */
  tell: (done: number, total: number) => void
  /** Aborted when the person or the server stops the import. */
  signal: AbortSignal
}

/** `dry` changes nothing. `fill` receives from time to time what is imported so far. */
export interface ReadMode extends ImportProgressOptions {
  dry: boolean
  fill?: (summary: ImportSummary) => void
}

/** Imports one uploaded file. */
export interface FileReader {
  read: (db: Db, owner: UploadOwner, mode: ReadMode) => Promise<ImportSummary>
  close: () => void
}
