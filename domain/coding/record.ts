import type { Db, Trx } from '../../db/connection/connect.ts'
import {
  type CodingSession,
  findActiveCodingSession,
  findLastCodingSession,
  type SessionLock
} from '../../db/coding/sessions.ts'
import { upsertGraphEdge } from '../../db/graph/edges.ts'
import { insertGraphNodes } from '../../db/graph/nodes.ts'
import { GLOBAL_NAMESPACE } from '../memory/fields.ts'
import { normalizeNames } from '../../lib/names.ts'
import { storeMemory, type Writer, withCallWriter } from '../memory/write.ts'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { inLine } from './fields.ts'

/** What is recorded, and where and when: in a session that is active now. */
export interface Recording {
  trx: Trx
  writer: Writer
  session: Pick<CodingSession, 'project_id' | 'session_id'>
  at: Date
}

/** The active session of the project. Throws ToolError with what to do when there is none. */
export async function activeSession(
  db: Db,
  userId: string,
  project: string,
  lock?: SessionLock
): Promise<CodingSession> {
  const session = await findActiveCodingSession(db, userId, project, lock)
  if (session) return session
  const last = await findLastCodingSession(db, userId, project)
  throw new ToolError(
    `No coding session is active in project "${project}". Start one with coding_start_session` +
      `${last ? `, or go on with the last one, ${last.session_id} ("${inLine(last.description, 100)}"), by coding_resume_session` : ''}.`
  )
}

/**
 * Records something in the project's active session: its row and its memory, both or neither.
 * Throws ToolError.
 */
export async function recording<T>(
  context: CallContext,
  project: string,
  work: (recording: Recording & { session: CodingSession }) => Promise<T>,
  lock: SessionLock = 'shared'
): Promise<T> {
  return withCallWriter(context, async (trx, writer) =>
    work({
      trx,
      writer,
      session: await activeSession(trx, context.principal.user_id, project, lock),
      at: new Date()
    })
  )
}

/** What the memories of a project's records are tagged with. */
export function projectTag(project: string): string {
  return [...project].slice(0, 100).join('')
}

export interface Said {
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
  /** How the session relates to it, in the graph; files are what it affects. */
  relation?: 'includes' | 'encountered' | 'made' | 'addresses'
  files?: string[]
}

/**
 * Files of one record that are linked to it, and characters of their names: longer ones cannot be
 * asked for.
 */
const MAX_FILES = 20
const LONGEST = 390

/**
 * A record as a memory of its session's sequence, by which memory_search finds it, and linked to
 * the session and to files; the id of that memory.
 */
export async function remember(
  recording: Recording,
  { tags = [], speaker = 'assistant', relation, files = [], ...said }: Said
): Promise<string> {
  const { trx, writer, session, at } = recording
  const { project_id: project, session_id: sessionId } = session
  const { memory_id: memoryId } = await storeMemory(trx, writer, {
    ...said,
    agent_name: GLOBAL_NAMESPACE,
    tags: normalizeNames([projectTag(project), ...tags]),
    metadata: JSON.stringify({ project_id: project }),
    session_id: sessionId,
    speaker,
    occurred_at: at,
    expires_at: null
  })
  if (relation) {
    await link(
      recording,
      { key: said.key, memory_id: memoryId },
      relation,
      files.slice(0, MAX_FILES)
    )
  }
  return memoryId
}

async function link(
  { trx, writer, session }: Recording,
  { key, memory_id: memoryId }: { key: string; memory_id: string },
  relation: string,
  files: string[]
): Promise<void> {
  const { user_id: userId, source } = writer
  const own = { node_id: `memory:${memoryId}`, type: 'memory', name: key, memory_id: memoryId }
  const inSession = {
    node_id: `session:${session.session_id}`,
    type: 'session',
    name: session.session_id
  }
  const touched = new Map(
    files
      .map((path) => `${session.project_id}/${path}`)
      .filter((name) => name.length <= LONGEST)
      .map((name) => [
        `file:${name.toLowerCase()}`,
        { node_id: `file:${name.toLowerCase()}`, type: 'file', name }
      ])
  )
  await insertGraphNodes(trx, userId, [own, inSession, ...touched.values()])
  await upsertGraphEdge(
    trx,
    userId,
    { from_node: inSession.node_id, to_node: own.node_id, type: relation, weight: 1 },
    source
  )
  for (const id of touched.keys()) {
    await upsertGraphEdge(
      trx,
      userId,
      { from_node: own.node_id, to_node: id, type: 'affects', weight: 1 },
      source
    )
  }
}
