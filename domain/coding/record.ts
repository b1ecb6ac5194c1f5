import { randomBytes } from 'node:crypto'
import type { Db, Trx } from '../../db/connection/connect.ts'
import {
  type CodingSession,
  findActiveCodingSession,
  findLastCodingSession,
  type SessionLock
} from '../../db/coding/sessions.ts'
import { normalizeNames } from '../../lib/names.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { defaultNamespace } from '../memory/fields.ts'
import { storeMemory, type Writer, withCallWriter } from '../memory/write.ts'
import { linkRecord, type RecordRelation } from './record-links.ts'
import { singleLine } from './text.ts'

/** The transaction that stores a record, with its writer, session and time. */
export interface SessionRecording {
  trx: Trx
  writer: Writer
  session: Pick<CodingSession, 'project_id' | 'session_id'>
  at: Date
}

/** A new id for a record, such as error_1f2e3d4c5b6a. */
export function newRecordId(kind: string): string {
  return `${kind}_${randomBytes(6).toString('hex')}`
}

/** The project's active session. Throws ToolError with what to do when there is none. */
export async function requireActiveSession(
  db: Db,
  userId: string,
  projectId: string,
  lock?: SessionLock
): Promise<CodingSession> {
  const session = await findActiveCodingSession(db, userId, projectId, lock)
  if (session) return session
  const lastSession = await findLastCodingSession(db, userId, projectId)
  const resumeAdvice = lastSession
    ? `, or resume the last one, ${lastSession.session_id} ` +
      `("${singleLine(lastSession.description, 100)}"), with coding_resume_session`
    : ''
  throw new ToolError(
    `No coding session is active in project "${projectId}". ` +
      `Start one with coding_start_session${resumeAdvice}.`
  )
}

/**
 * Stores a record in the project's active session: its row and its memory, both or neither.
 * Throws ToolError when no session is active, and what `work` throws.
 */
export async function recordInSession<T>(
  context: CallContext,
  projectId: string,
  work: (recording: SessionRecording & { session: CodingSession }) => Promise<T>,
  lock: SessionLock = 'shared'
): Promise<T> {
  return withCallWriter(context, async (trx, writer) => {
    const session = await requireActiveSession(trx, context.principal.user_id, projectId, lock)
    return work({ trx, writer, session, at: new Date() })
  })
}

/** The tag of all memories that hold records of a project; tags have at most 100 characters. */
export function projectTag(projectId: string): string {
  return [...projectId].slice(0, 100).join('')
}

/** What the memory of a record holds. */
export interface RecordMemory {
  key: string
  value: string
  type:
    | 'coding_session'
    | 'coding_file_change'
    | 'coding_error'
    | 'coding_decision'
    | 'coding_interaction'
    | 'coding_issue'
  importance: number
  tags?: string[] | undefined
  speaker?: string
  /** How the session relates to the record in the graph. Without one, nothing is linked. */
  relation?: RecordRelation
  /** The files that the record affects. */
  files?: string[]
}

/**
 * Stores a record as a memory in its session's sequence, so that memory_search finds it. Links it
 * to the session and to its files. Returns the memory's id.
 */
export async function storeRecordMemory(
  recording: SessionRecording,
  { tags = [], speaker = 'assistant', relation, files = [], ...content }: RecordMemory
): Promise<string> {
  const { trx, writer, session, at } = recording
  const { memory_id: memoryId } = await storeMemory(trx, writer, {
    ...content,
    agent_name: defaultNamespace(writer),
    tags: normalizeNames([projectTag(session.project_id), ...tags]),
    metadata: JSON.stringify({ project_id: session.project_id }),
    session_id: session.session_id,
    speaker,
    occurred_at: at,
    expires_at: null
  })
  if (relation) {
    await linkRecord(trx, writer, session, {
      key: content.key,
      memory_id: memoryId,
      relation,
      files
    })
  }
  return memoryId
}
