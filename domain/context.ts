import type { Db } from '../db/connection/connect.ts'
import { limitToNamespaces } from '../db/connection/namespaces/index.ts'
import type { Role, Source } from '../db/schema/index.ts'
import type { WebAccess } from './web/access.ts'

/** The caller. All of it comes from the credential, nothing from the request's content. */
export interface Caller {
  user_id: string
  role: Role
  source: Source
  /** The namespaces of memories that the caller is bound to; absent or null is all. */
  namespaces?: readonly string[] | null
}

/** How much one user may store: memories, and bytes of their present and former values. */
export interface MemoryQuota {
  memories: number
  bytes: number
}

/** How much source code one user may index: files, and bytes of their text. */
export interface CodeQuota {
  files: number
  bytes: number
}

/**
 * A query as a vector of unit length, with the model and index to compare it with. `missing` is a
 * sentence that explains why there is no vector.
 */
export type QueryMeaning =
  | { model_no: number; vector: readonly number[]; pgvector: boolean; index: string | undefined }
  | { missing: string }

export interface Embedder {
  /** Takes at most two seconds. Throws only errors of the database. */
  embed: (query: string, userId: string, signal: AbortSignal) => Promise<QueryMeaning>
}

/** An issue as GitHub returns it. */
export interface GithubIssue {
  title: string
  url: string
  state: string
  labels: string[]
  assignees: string[]
  body: string
}

export interface GithubReader {
  /** Reads with the user's token. Returns undefined without a token. Throws ToolError. */
  issue: (
    userId: string,
    repository: string,
    number: number,
    signal: AbortSignal
  ) => Promise<GithubIssue | undefined>
}

/** Whether the service keeps a history of tool calls, and for how many days. */
export interface KeptHistory {
  keeping: boolean
  days: number
}

/**
 * Tells whoever waits how far a long call is, in units of the tool's choice; `total` if it is known,
 * and a short sentence for people.
 */
export type Progress = (done: number, total?: number, message?: string) => void

/**
 * Asks the person to confirm, if their client can show the question: then it ends the call until
 * the client repeats it with the answer. Throws ToolError when the person refuses.
 */
export type Confirm = (message: string) => void

/** The services that a call uses. Tools, the console and the command line each provide it. */
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
  web: WebAccess
  /** Aborted at the call's deadline. */
  signal: AbortSignal
  history: KeptHistory
  /** Counts a use of a memory of the caller, later. Present when uses count. */
  countUse?: ((memoryId: string) => void) | undefined
  /** Present when somebody watches. */
  progress?: Progress | undefined
  /** Present when the client can show a question to its person. */
  confirm?: Confirm | undefined
}

/** What reading and writing stored data needs, without the network. */
export type DataContext = Pick<CallContext, 'db' | 'principal'>

/** The context with a database that shows only the namespaces that the caller is bound to. */
export function limitContext<Context extends DataContext>(context: Context): Context {
  const { user_id, namespaces } = context.principal
  return namespaces
    ? { ...context, db: limitToNamespaces(context.db, { user_id, namespaces }) }
    : context
}
