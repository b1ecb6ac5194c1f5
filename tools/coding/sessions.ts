import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { type CodingSession, endCodingSession, findActiveCodingSession, findLastCodingSession, insertCodingSession } from '../../db/coding-sessions.ts'
import { tool, ToolError } from '../tool.ts'

const Project = Type.String({ minLength: 1, maxLength: 255, description: 'Name of the project; the same in every session on it.' })
const Session = Type.Object({
  session_id: Type.String(),
  project_id: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  active: Type.Boolean(),
  started_at: Type.String(),
  ended_at: Type.Optional(Type.String()),
  duration_minutes: Type.Number(),
  summary: Type.Optional(Type.String()),
  success: Type.Optional(Type.Boolean())
}, { additionalProperties: false })

function answered (session: CodingSession) {
  return {
    session_id: session.session_id,
    project_id: session.project_id,
    description: session.description,
    tags: session.tags,
    active: session.ended_at === null,
    started_at: session.started_at.toISOString(),
    ...(session.ended_at && { ended_at: session.ended_at.toISOString() }),
    duration_minutes: Math.round(session.minutes * 10) / 10,
    ...(session.summary !== null && { summary: session.summary }),
    ...(session.success !== null && { success: session.success })
  }
}

const startSession = tool({
  name: 'coding_start_session',
  title: 'Start a coding session',
  description: 'Starts a coding session on a project, with its goal. One session of a project is active at a time; call it when work on a task begins.',
  groups: ['coding'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  input: Type.Object({
    project_id: Project,
    description: Type.String({ minLength: 1, maxLength: 10_000, description: 'Goal of the session.' }),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 64, description: 'Labels.' }))
  }, { additionalProperties: false }),
  output: Session,
  async run ({ project_id: project, description, tags = [] }, { db, principal }) {
    const id = `session_${randomBytes(6).toString('hex')}`
    const session = await insertCodingSession(db, principal.user_id, { session_id: id, project_id: project, description, tags }, principal.source)
    if (session) return answered(session)
    const active = await findActiveCodingSession(db, principal.user_id, project)
    throw new ToolError(`A session is active in project "${project}"${active ? `: ${active.session_id}, "${active.description.slice(0, 200)}"` : ''}. End it with coding_end_session before you start another.`)
  },
  text: ({ session_id: id, project_id: project, description }) => `✅ Coding session started: ${id}\n- Project: ${project}\n- Goal: ${description}`
})

const currentStatus = tool({
  name: 'coding_get_current_session_status',
  title: 'Status of the coding session',
  description: 'Tells whether a project has an active coding session: its goal, start and length so far; without one, how the last session ended. Use it to find out where work on a project stands.',
  groups: ['coding'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ project_id: Project }, { additionalProperties: false }),
  output: Type.Object({
    ...Type.Partial(Session).properties,
    active: Type.Boolean(),
    project_id: Type.String(),
    last_session: Type.Optional(Session)
  }, { additionalProperties: false }),
  async run ({ project_id: project }, { db, principal }) {
    const session = await findActiveCodingSession(db, principal.user_id, project)
    if (session) return answered(session)
    const last = await findLastCodingSession(db, principal.user_id, project)
    return { active: false, project_id: project, ...(last && { last_session: answered(last) }) }
  },
  text ({ active, project_id: project, session_id: id, description, tags = [], duration_minutes: minutes, last_session: last }) {
    if (active) {
      return `Coding session ${id} of project "${project}", active for ${minutes} minutes\n- Goal: ${description}${tags.length > 0 ? `\n- Tags: ${tags.join(', ')}` : ''}`
    }
    const none = `Project "${project}" has no active coding session. Start one with coding_start_session.`
    if (!last) return none
    return [none, `The last one, ${last.session_id}, ended ${last.ended_at} after ${last.duration_minutes} minutes`, `- Goal: ${last.description}`, ...outcome(last)].join('\n')
  }
})

function outcome ({ success, summary }: { success?: boolean, summary?: string }): string[] {
  return [
    ...(success === undefined ? [] : [`- Goal reached: ${success ? 'yes' : 'no'}`]),
    ...(summary === undefined ? [] : [`- Summary: ${summary}`])
  ]
}

const endSession = tool({
  name: 'coding_end_session',
  title: 'End the coding session',
  description: 'Ends the active coding session of a project. Give a summary of what was done and found, for whoever goes on; this service writes none itself.',
  groups: ['coding'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  input: Type.Object({
    project_id: Project,
    summary: Type.Optional(Type.String({ maxLength: 20_000, description: 'What was done, decided and left open.' })),
    success: Type.Optional(Type.Boolean({ description: 'Whether the goal was reached.' }))
  }, { additionalProperties: false }),
  output: Session,
  async run ({ project_id: project, summary, success }, { db, principal }) {
    const session = await endCodingSession(db, principal.user_id, project, { summary: summary || null, success: success ?? null })
    if (!session) throw new ToolError(`No coding session is active in project "${project}". Start one with coding_start_session.`)
    return answered(session)
  },
  text: (session) => [`✅ Coding session ended: ${session.session_id}, ${session.duration_minutes} minutes`, ...outcome(session)].join('\n')
})

export const codingTools = [startSession, currentStatus, endSession]
