import { Type } from 'typebox'
import { countCodingRecords } from '../../db/coding/records.ts'
import {
  type CodingSession,
  listCodingProjects,
  listCodingSessions
} from '../../db/coding/sessions.ts'
import type { Db } from '../../db/connection/connect.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  decisionLine,
  errorKinds,
  errorLine,
  type Evidence,
  evidenceOf,
  fileLine,
  fileStories,
  issueLine
} from '../../domain/coding/evidence.ts'
import { closed, counted, inLine, Project, sentence } from '../../domain/coding/fields.ts'
import { languagesOf, sharesText } from '../../domain/coding/file-facts.ts'
import { projectTag } from '../../domain/coding/record.ts'
import { byTitle, fitted, markdown, type Section, Sections } from '../../domain/coding/report.ts'
import { countsText } from '../../domain/coding/session-answer.ts'

/** Records of each kind, and sessions, that are looked at. */
const LOOKED_AT = 300
const SESSIONS = 50
/** Memories about the focus. */
const FOCUSED = 20

export const getProjectContext = tool({
  name: 'coding_get_project_context',
  title: 'What is known of a project',
  description:
    'Tells what a colleague must know of a project before working on it: where it stands, decisions with reasons, errors open and solved, files, issues.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      project_id: Project,
      focus: Type.Optional(Type.String({ maxLength: 1000, description: 'Topic, told first.' })),
      max_tokens: Type.Optional(
        Type.Integer({ minimum: 200, maximum: 8000, default: 2000, description: 'Length.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      project_id: Type.String(),
      sections: Sections,
      tokens: Type.Integer(),
      left_out: Type.Integer()
    },
    closed
  ),
  async run(
    { project_id: project, focus = '', max_tokens: budget = 2000 },
    { db, principal: { user_id: userId } }
  ) {
    const sessions = await listCodingSessions(db, userId, project, SESSIONS)
    if (sessions.length === 0) throw await nothingKnown(db, userId, project)
    const [counts, found, focused] = await Promise.all([
      countCodingRecords(db, userId, project),
      evidenceOf(db, userId, project, { limit: LOOKED_AT }),
      focus.trim() === '' ? [] : aboutFocus(db, userId, project, focus)
    ])
    const { sections, ...size } = fitted(
      [...focused, ...sectionsOf(sessions, { ...counts }, found)],
      budget
    )
    return { project_id: project, sections: byTitle(sections), ...size }
  },
  text: ({ project_id: project, sections, left_out: left }) =>
    [
      `# ${project}`,
      markdown(sections),
      ...(left > 0
        ? [`(${counted(left, 'further line')} left out: ask with a focus or a larger max_tokens.)`]
        : [])
    ].join('\n\n')
})

/** Why there is nothing to tell: a project that nobody has worked on, or another name of one. */
export async function nothingKnown(db: Db, userId: string, project: string): Promise<ToolError> {
  const known = await listCodingProjects(db, userId, 10)
  return new ToolError(
    `Nothing is recorded of project "${project}". ${
      known.length === 0
        ? 'Start with coding_start_session.'
        : `Known projects: ${known.map((name) => `"${inLine(name, 60)}"`).join(', ')}. Start a new one with coding_start_session.`
    }`
  )
}

async function aboutFocus(
  db: Db,
  userId: string,
  project: string,
  focus: string
): Promise<Section[]> {
  const { rows: found } = await findMemories(db, userId, {
    query: focus,
    tags: [projectTag(project)],
    limit: FOCUSED,
    valueLimit: 700
  })
  const rows = found.filter(({ isSelective }) => isSelective)
  const lines = rows
    .filter(({ words }) => words.length > 0)
    .map(
      ({ value, created_at: at }) =>
        `${inLine(value.split('\n\n', 1)[0]!.replaceAll('\n', '; '), 400)} (${day(at)})`
    ) // without the diff, the stack, the issue's text
  return [
    {
      title: `About "${inLine(focus, 100)}"`,
      lines: lines.length > 0 ? lines : ['Nothing recorded says anything about it.']
    }
  ]
}

function sectionsOf(
  sessions: CodingSession[],
  counts: Record<string, number>,
  { changes, errors, decisions, interactions, issues }: Evidence
): Section[] {
  const kinds = errorKinds(errors)
  const active = sessions.find(({ ended_at: ended }) => ended === null)
  const first = sessions.at(-1)!
  const written = languagesOf(changes.map(({ file_path: path }) => path))
  return [
    {
      title: 'Where it stands',
      lines: [
        active
          ? `In work since ${day(active.started_at)}: ${inLine(active.description, 300)} (${active.session_id})`
          : `No session is active; the last one began on ${day(sessions[0]!.started_at)}: ${inLine(sessions[0]!.description, 200)}`,
        `${sessions.length === SESSIONS ? `The last ${SESSIONS} sessions` : counted(sessions.length, 'session')} since ${day(first.started_at)}; in all ${countsText(counts)}.`,
        ...(written.length > 0 ? [`Files touched: ${sharesText(written)}`] : [])
      ]
    },
    {
      title: 'Decisions',
      lines: decisions.map((one) => `${decisionLine(one)} (${day(one.created_at)})`)
    },
    {
      title: 'Open errors',
      lines: kinds.filter(({ solution }) => solution === null).map(errorLine)
    },
    { title: 'Sessions', lines: sessions.filter((one) => one !== active).map(sessionLine) },
    { title: 'Files most worked on', lines: fileStories(changes).map(fileLine) },
    {
      title: 'Errors solved',
      lines: kinds.filter(({ solution }) => solution !== null).map(errorLine)
    },
    {
      title: 'Learned',
      lines: interactions
        .filter(({ interaction_type: type }) => type !== 'implementation')
        .map(
          ({ user_query: query, ai_response: response }) =>
            `${inLine(query, 150)} → ${inLine(response, 250)}`
        )
    },
    { title: 'Issues', lines: [...new Set(issues.map(issueLine))] }
  ]
}

function sessionLine({
  started_at: started,
  description,
  success,
  summary,
  summary_given: given
}: CodingSession): string {
  const how = success === null ? '' : success ? ' Goal reached.' : ' Goal not reached.'
  return `${day(started)}: ${sentence(description, 200)}${how}${summary === null || !given ? '' : ` ${inLine(summary, 350)}`}`
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10)
}
