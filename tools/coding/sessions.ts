import { Type } from 'typebox'
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
import type { Db } from '../../db/connection/connect.ts'
import { withCallWriter } from '../../domain/memory/write.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  closed,
  inLine,
  Labels,
  newId,
  Project,
  SessionRef,
  Text
} from '../../domain/coding/fields.ts'
import { remember } from '../../domain/coding/record.ts'
import { answered, Counts, countsText, facts } from '../../domain/coding/session-answer.ts'

const { session_id, project_id, description, tags, active, started_at, duration_minutes, summary } =
  facts

export const startSession = tool({
  name: 'coding_start_session',
  title: 'Start a coding session',
  description:
    'Starts a coding session on a project, when work on a task begins. A project has one active session; then record changes, errors and decisions as they come.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false
  },
  input: Type.Object(
    {
      project_id: { ...Project, description: 'Same name in every session.' },
      description: Text('Goal.', 10_000),
      tags: Type.Optional(Labels)
    },
    closed
  ),
  output: Type.Object({ session_id, project_id, description, tags, active, started_at }, closed),
  async run({ project_id: project, description, tags = [] }, context) {
    const {
      db,
      principal: { user_id: userId, source }
    } = context
    const started = await withCallWriter(context, async (trx, writer) => {
      const session = await insertCodingSession(
        trx,
        userId,
        { session_id: newId('session'), project_id: project, description, tags },
        source
      )
      if (!session) return
      const value = `Goal of the coding session on ${project}: ${description}`
      const memoryId = await remember(
        { trx, writer, session, at: session.started_at },
        { key: session.session_id, value, type: 'coding_session', importance: 0.5, tags }
      )
      await updateSessionMemories(trx, session, { goal_memory_id: memoryId })
      return session
    })
    if (started) {
      const { duration_minutes: _none, ...session } = answered(started)
      return session
    }
    throw anotherActive(await findActiveCodingSession(db, userId, project), project)
  },
  text: ({ session_id: id, project_id: project, description }) =>
    `✅ Coding session started: ${id}\n- Project: ${project}\n- Goal: ${description}`
})

function anotherActive(active: CodingSession | undefined, project: string): ToolError {
  return new ToolError(
    `A session is active in project "${project}"${active ? `: ${active.session_id}, "${inLine(active.description, 200)}"` : ''}. Go on in it, or end it with coding_end_session before you start or resume another.`
  )
}

export const resumeSession = tool({
  name: 'coding_resume_session',
  title: 'Resume a coding session',
  description:
    'Opens an ended coding session again, with all that was recorded in it, when work on its task goes on.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false
  },
  input: Type.Object({ project_id: Project, session_id: SessionRef }, closed),
  output: Type.Object(
    {
      session_id,
      description,
      tags,
      active,
      started_at,
      duration_minutes,
      summary,
      counts: Counts
    },
    closed
  ),
  async run({ project_id: project, session_id: id }, { db, principal: { user_id: userId } }) {
    const session = await resumed(db, userId, project, id)
    if (!session) throw await whyNot(db, userId, project, id)
    const { project_id: _project, ...said } = answered(session)
    return { ...said, counts: { ...(await countCodingRecords(db, userId, project, id)) } }
  },
  text: ({ session_id: id, description, started_at: started, summary, tags, counts }) =>
    [
      `✅ Coding session resumed: ${id}`,
      `- Goal: ${description}`,
      `- First started: ${started}`,
      ...(tags.length > 0 ? [`- Tags: ${tags.join(', ')}`] : []),
      `- So far: ${countsText(counts)}`,
      ...(summary === undefined ? [] : [`- Summary when it ended: ${summary}`])
    ].join('\n')
})

/** undefined when there is no such ended session, or another one of the project is active. */
async function resumed(
  db: Db,
  userId: string,
  project: string,
  id: string
): Promise<CodingSession | undefined> {
  try {
    return await db.transaction().execute((trx) => resumeCodingSession(trx, userId, project, id))
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error // unique violation: one session is active already
  }
}

async function whyNot(db: Db, userId: string, project: string, id: string): Promise<ToolError> {
  const session = await findCodingSession(db, userId, project, id)
  if (session?.ended_at) {
    return anotherActive(await findActiveCodingSession(db, userId, project), project)
  }
  if (session) {
    return new ToolError(
      `Session ${id} is active: go on in it. coding_get_current_session_status says where it stands.`
    )
  }
  const known = await listCodingSessions(db, userId, project, 5)
  return new ToolError(
    `Project "${project}" has no session ${id}. ${
      known.length === 0
        ? 'It has none at all: check the name, or start one with coding_start_session.'
        : `Its last ones are ${known.map((one) => `${one.session_id} ("${inLine(one.description, 60)}")`).join(', ')}.`
    }`
  )
}
