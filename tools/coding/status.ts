import { Type } from 'typebox'
import { countCodingRecords } from '../../db/coding/records.ts'
import { findActiveCodingSession, findLastCodingSession } from '../../db/coding/sessions.ts'
import { tool } from '../tool.ts'
import {
  type Evidence,
  decisionLine,
  errorLine,
  evidenceOf,
  isTest
} from '../../domain/coding/evidence.ts'
import { closed, counted, inLine, Project } from '../../domain/coding/fields.ts'
import { done } from './file-change.ts'
import { byTitle, markdown, Sections } from '../../domain/coding/report.ts'
import { answered, Counts, countsText, facts, outcome } from '../../domain/coding/session-answer.ts'

/** Records of each kind that are looked at. */
const LOOKED_AT = 200
const LONG_MINUTES = 240

export const currentStatus = tool({
  name: 'coding_get_current_session_status',
  title: 'Status of the coding session',
  description:
    'Tells where work on a project stands: the active coding session with its goal, records and open errors, and what to do next; or how the last one ended.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({ project_id: Project }, closed),
  output: Type.Object(
    {
      ...Type.Partial(Type.Object(facts)).properties,
      active: facts.active,
      project_id: facts.project_id,
      counts: Type.Optional(Counts),
      sections: Type.Optional(Sections)
    },
    closed
  ),
  async run({ project_id: project }, { db, principal: { user_id: userId } }) {
    const session = await findActiveCodingSession(db, userId, project)
    if (!session) {
      const last = await findLastCodingSession(db, userId, project)
      return last ? answered(last) : { active: false, project_id: project }
    }
    const found = await evidenceOf(db, userId, project, {
      sessionId: session.session_id,
      limit: LOOKED_AT
    })
    return {
      ...answered(session),
      counts: { ...(await countCodingRecords(db, userId, project, session.session_id)) },
      sections: byTitle(
        [
          {
            title: 'Last changes',
            lines: found.changes
              .slice(0, 3)
              .map(
                ({ action, file_path: path, reason }) =>
                  `${done[action]} ${path}: ${inLine(reason, 200)}`
              )
          },
          { title: 'Last decisions', lines: found.decisions.slice(0, 2).map(decisionLine) },
          {
            title: 'Open errors',
            lines: found.errors
              .filter(({ solution }) => solution === null)
              .slice(0, 5)
              .map((error) => `${error.error_id} ${errorLine(error)}`)
          },
          { title: 'Next', lines: nextSteps(found, session.minutes) }
        ].filter(({ lines }) => lines.length > 0)
      )
    }
  },
  text(status) {
    const {
      active,
      project_id: project,
      session_id: id,
      description,
      tags = [],
      duration_minutes: minutes,
      ended_at: ended
    } = status
    if (!active) {
      const none = `Project "${project}" has no active coding session. Start one with coding_start_session${id ? ', or resume the last one with coding_resume_session' : ''}.`
      return id
        ? [
            none,
            `The last one, ${id}, ended ${ended}`,
            `- Goal: ${description}`,
            ...outcome(status)
          ].join('\n')
        : none
    }
    return [
      `Coding session ${id} of project "${project}", active for ${minutes} minutes`,
      `- Goal: ${description}`,
      ...(tags.length > 0 ? [`- Tags: ${tags.join(', ')}`] : []),
      `- So far: ${countsText(status.counts ?? {})}`,
      '',
      markdown(status.sections ?? {})
    ].join('\n')
  }
})

function nextSteps({ changes, errors, decisions }: Evidence, minutes: number): string[] {
  const open = errors.filter(({ solution }) => solution === null)
  const untested =
    changes.length > 0 &&
    !changes.some(({ file_path: path, action }) => action === 'test' || isTest(path))
  return [
    ...(open.length > 0
      ? [
          `Solve ${counted(open.length, 'open error')}, or record what solved ${open.length === 1 ? 'it' : 'them'} with coding_record_error.`
        ]
      : []),
    ...(changes.length === 0 ? ['Record the first change with coding_track_file_change.'] : []),
    ...(untested ? ['No test was touched yet: test what was changed.'] : []),
    ...(changes.length >= 5 && decisions.length === 0
      ? ['Record why it was done this way with coding_record_decision.']
      : []),
    ...(minutes > LONG_MINUTES
      ? ['The session is long: if the goal is reached or changed, end it with coding_end_session.']
      : [])
  ]
}
