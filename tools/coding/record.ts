import type { Db, Trx } from '../../db/connect.ts'
import { type CodingSession, findActiveCodingSession, findLastCodingSession } from '../../db/coding-sessions.ts'
import { GLOBAL, unique } from '../memory/fields.ts'
import { storeMemory, type Writer, writingAs } from '../memory/write.ts'
import { type ToolContext, ToolError } from '../tool.ts'
import { inLine } from './fields.ts'

/** What is recorded, and where and when: in a session that is active now. */
export interface Recording { trx: Trx, writer: Writer, session: Pick<CodingSession, 'project_id' | 'session_id'>, at: Date }

/** The active session of the project. Throws ToolError with what to do when there is none. */
export async function activeSession (db: Db, userId: string, project: string): Promise<CodingSession> {
  const session = await findActiveCodingSession(db, userId, project)
  if (session) return session
  const last = await findLastCodingSession(db, userId, project)
  throw new ToolError(`No coding session is active in project "${project}". Start one with coding_start_session` +
    `${last ? `, or go on with the last one, ${last.session_id} ("${inLine(last.description, 100)}"), by coding_resume_session` : ''}.`)
}

/** Records something in the project's active session: its row and its memory, both or neither. Throws ToolError. */
export async function recording<T> (context: ToolContext, project: string, work: (recording: Recording & { session: CodingSession }) => Promise<T>): Promise<T> {
  return writingAs(context, async (trx, writer) => work({ trx, writer, session: await activeSession(trx, context.principal.user_id, project), at: new Date() }))
}

/** What the memories of a project's records are tagged with. */
export function projectTag (project: string): string {
  return [...project].slice(0, 100).join('')
}

export interface Said {
  key: string
  value: string
  type: 'coding_session' | 'coding_file_change' | 'coding_error' | 'coding_decision' | 'coding_interaction' | 'coding_issue'
  importance: number
  tags?: string[] | undefined
  speaker?: string
}

/** A record as a memory of its session's sequence, by which memory_search finds it; the id of that memory. */
export async function remember ({ trx, writer, session, at }: Recording, { tags = [], speaker = 'assistant', ...said }: Said): Promise<string> {
  const { project_id: project, session_id: sessionId } = session
  const { memory_id: memoryId } = await storeMemory(trx, writer, {
    ...said,
    agent_name: GLOBAL,
    tags: unique([projectTag(project), ...tags]),
    metadata: JSON.stringify({ project_id: project }),
    session_id: sessionId,
    speaker,
    occurred_at: at,
    expires_at: null
  })
  return memoryId
}
