import { countCodingRecords } from '../../db/coding/records.ts'
import {
  type CodingSession,
  findActiveCodingSession,
  findCodingSession,
  insertCodingSession,
  listCodingSessions,
  updateSessionMemories,
  resumeCodingSession
} from '../../db/coding/sessions.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { withCallWriter } from '../memory/write.ts'
import { newRecordId, storeRecordMemory } from './record.ts'
import { type RecordCounts, reportSession, type SessionReport } from './session-report.ts'
import { singleLine } from './text.ts'

/** PostgreSQL's error code for a row that a unique index refuses. */
const UNIQUE_VIOLATION = '23505'

/** What a new session is about. */
export interface SessionInput {
  project_id: string
  description: string
  tags?: string[]
}

/**
 * Starts a session and stores its goal as a memory. Throws ToolError while another session of the
 * project is active.
 */
export async function startSession(
  context: CallContext,
  input: SessionInput
): Promise<SessionReport> {
  const session = await insertSession(context, input)
  if (!session) throw await sessionActiveError(context, input.project_id)
  return reportSession(session)
}

/** undefined while another session of the project is active. */
async function insertSession(
  context: CallContext,
  { project_id: projectId, description, tags = [] }: SessionInput
): Promise<CodingSession | undefined> {
  const { user_id: userId, source } = context.principal
  return withCallWriter(context, async (trx, writer) => {
    const session = await insertCodingSession(
      trx,
      userId,
      { session_id: newRecordId('session'), project_id: projectId, description, tags },
      source
    )
    if (!session) return undefined
    const memoryId = await storeRecordMemory(
      { trx, writer, session, at: session.started_at },
      {
        key: session.session_id,
        value: `Goal of the coding session on ${projectId}: ${description}`,
        type: 'coding_session',
        importance: 0.5,
        tags
      }
    )
    await updateSessionMemories(trx, session, { goal_memory_id: memoryId })
    return session
  })
}

/**
 * Opens an ended session again. Throws ToolError when there is no such ended session, or while
 * another session of the project is active.
 */
export async function resumeSession(
  context: CallContext,
  { project_id: projectId, session_id: sessionId }: { project_id: string; session_id: string }
): Promise<{ session: SessionReport; counts: RecordCounts }> {
  const session = await reopenSession(context, projectId, sessionId)
  if (!session) throw await notResumableError(context, projectId, sessionId)
  const userId = context.principal.user_id
  const counts = await countCodingRecords(context.db, userId, projectId, sessionId)
  return { session: reportSession(session), counts: { ...counts } }
}

/** undefined when there is no such ended session, or another one of the project is active. */
async function reopenSession(
  { db, principal }: CallContext,
  projectId: string,
  sessionId: string
): Promise<CodingSession | undefined> {
  try {
    return await db
      .transaction()
      .execute((trx) => resumeCodingSession(trx, principal.user_id, projectId, sessionId))
  } catch (error) {
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined
    throw error
  }
}

async function notResumableError(
  context: CallContext,
  projectId: string,
  sessionId: string
): Promise<ToolError> {
  const userId = context.principal.user_id
  const session = await findCodingSession(context.db, userId, projectId, sessionId)
  if (session?.ended_at) return sessionActiveError(context, projectId)
  if (session) {
    return new ToolError(
      `Session ${sessionId} is active already. Continue in it; ` +
        'coding_get_current_session_status tells its state.'
    )
  }
  const recentSessions = await listCodingSessions(context.db, userId, projectId, 5)
  const sessionNames = recentSessions.map(
    ({ session_id: id, description }) => `${id} ("${singleLine(description, 60)}")`
  )
  const nextAdvice =
    sessionNames.length === 0
      ? 'It has no sessions at all. Check the name, or start one with coding_start_session.'
      : `Its last ones are ${sessionNames.join(', ')}.`
  return new ToolError(`Project "${projectId}" has no session ${sessionId}. ${nextAdvice}`)
}

async function sessionActiveError(
  { db, principal }: CallContext,
  projectId: string
): Promise<ToolError> {
  const session = await findActiveCodingSession(db, principal.user_id, projectId)
  const sessionDetails = session
    ? `: ${session.session_id}, "${singleLine(session.description, 200)}"`
    : ''
  return new ToolError(
    `A session is active in project "${projectId}"${sessionDetails}. Continue in it, ` +
      'or end it with coding_end_session before you start or resume another.'
  )
}
