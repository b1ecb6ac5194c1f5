import type { Db } from '../db/connection/connect.ts'
import type { Role, Source } from '../db/schema/index.ts'
import type { Web } from './web/access.ts'

/** Who calls. It comes from the credential only. */
export interface Caller {
  user_id: string
  role: Role
  source: Source
}

/** How much one user may store: memories, and bytes of their values and former values. */
export interface MemoryQuota {
  memories: number
  bytes: number
}

/** How much source code one user may have indexed: files, and bytes of their text. */
export interface CodeQuota {
  files: number
  bytes: number
}

/**
 * A query as a vector of unit length, with what it can be compared with; or a sentence that says
 * why there is none.
 */
export type QueryMeaning =
  | { model_no: number; vector: readonly number[]; pgvector: boolean; index: string | undefined }
  | { missing: string }

export interface Embedder {
  /** Takes at most two seconds. Throws only what the database throws. */
  embed: (query: string, userId: string, signal: AbortSignal) => Promise<QueryMeaning>
}

/** An issue as GitHub answers it. */
export interface GithubIssue {
  title: string
  url: string
  state: string
  labels: string[]
  assignees: string[]
  body: string
}

export interface GithubReader {
  /** Reads with the user's own token; undefined when they stored none. Throws ToolError. */
  issue: (
    userId: string,
    repository: string,
    number: number,
    signal: AbortSignal
  ) => Promise<GithubIssue | undefined>
}

/** Whether the service keeps a history of calls, and for how many days. */
export interface KeptHistory {
  keeping: boolean
  days: number
}

/** What one call may use. Tools, the console and the command line each fill it in. */
export interface CallContext {
  db: Db
  principal: Caller
  quota: MemoryQuota
  /** Present when an embedding server is configured. */
  embedder?: Embedder | undefined
  codeQuota: CodeQuota
  /** The service's own address, without a trailing slash. */
  publicUrl: string
  github: GithubReader
  web: Web
  /** Aborted at the call's deadline. */
  signal: AbortSignal
  history: KeptHistory
}
