import { Type } from 'typebox'
import {
  type CodingSession,
  findActiveCodingSession,
  findCodingSession,
  findLastCodingSession
} from '../../db/coding/sessions.ts'
import type { CodingDecision } from '../../db/coding/decisions.ts'
import type { Db } from '../../db/connection/connect.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  errorKinds,
  errorLine,
  type Evidence,
  evidenceOf,
  fileLine,
  fileStories,
  isTest,
  issueLine,
  issueName
} from '../../domain/coding/evidence.ts'
import {
  clipped,
  closed,
  counted,
  inLine,
  Project,
  sentence,
  SessionRef
} from '../../domain/coding/fields.ts'
import { nothingKnown } from './project-context.ts'
import { byTitle, fitted, markdown, type Section } from '../../domain/coding/report.ts'

/** Records of each kind that are looked at. */
const LOOKED_AT = 1000
/** Characters of a title, and of the summary. */
const TITLE = 72
const SUMMARY = 4000
const BODY_TOKENS = 4000

export const generatePrDescription = tool({
  name: 'coding_generate_pr_description',
  title: 'Pull-request text of a session',
  description:
    'Writes a pull-request text in Markdown from the records of the active or last session: changes with reasons, decisions, errors solved, tests, issues.',
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
      session_id: Type.Optional({ ...SessionRef, description: 'Another session.' })
    },
    closed
  ),
  output: Type.Object(
    {
      session_id: Type.String(),
      title: Type.String(),
      body: Type.String(),
      left_out: Type.Integer()
    },
    closed
  ),
  async run({ project_id: project, session_id: id }, { db, principal: { user_id: userId } }) {
    const session = await chosen(db, userId, project, id)
    const found = await evidenceOf(db, userId, project, {
      sessionId: session.session_id,
      limit: LOOKED_AT
    })
    if (found.changes.length + found.decisions.length + found.errors.length === 0) {
      throw new ToolError(
        `Nothing is recorded in session ${session.session_id}, so there is nothing to describe. Record the changes with coding_track_file_change first.`
      )
    }
    const { sections, left_out: left } = fitted(sectionsOf(found), BODY_TOKENS)
    const body = [
      `## Summary\n${clipped(session.ended_at !== null && session.summary !== null && session.summary_given ? session.summary : session.description, SUMMARY)}`,
      markdown(byTitle(sections)),
      ...(left > 0 ? [`(${counted(left, 'further line')} left out.)`] : []),
      ...closing(found)
    ].join('\n\n')
    return {
      session_id: session.session_id,
      title: inLine(session.description, TITLE),
      body,
      left_out: left
    }
  },
  text: ({ title, body }) => `# ${title}\n\n${body}`
})

async function chosen(
  db: Db,
  userId: string,
  project: string,
  id: string | undefined
): Promise<CodingSession> {
  if (id !== undefined) {
    const named = await findCodingSession(db, userId, project, id)
    if (!named) {
      throw new ToolError(
        `Project "${project}" has no session ${id}. Leave session_id out for the active or last one.`
      )
    }
    return named
  }
  const session =
    (await findActiveCodingSession(db, userId, project)) ??
    (await findLastCodingSession(db, userId, project))
  if (!session) throw await nothingKnown(db, userId, project)
  return session
}

function sectionsOf({ changes, errors, decisions, issues }: Evidence): Section[] {
  const stories = fileStories(changes).filter(({ net }) => net !== 'created and deleted again')
  const kinds = errorKinds(errors)
  const tests = stories.filter(({ path, net }) => net === 'tested' || isTest(path))
  return [
    { title: 'Changes', lines: stories.filter((story) => !tests.includes(story)).map(fileLine) },
    { title: 'Decisions', lines: decisions.toReversed().map(reasoned) },
    {
      title: 'Errors met and solved',
      lines: kinds.filter(({ solution }) => solution !== null).map(errorLine)
    },
    {
      title: 'Tests',
      lines:
        tests.length > 0 ? tests.map(fileLine) : changes.length > 0 ? ['No test was recorded.'] : []
    },
    {
      title: 'Still open',
      lines: kinds.filter(({ solution }) => solution === null).map(errorLine)
    },
    { title: 'Issues', lines: issues.map(issueLine) }
  ]
}

function reasoned({ decision, rationale, alternatives, impact }: CodingDecision): string {
  return [
    `**${inLine(decision, 200)}**: ${sentence(rationale, 300)}`,
    ...(alternatives.length > 0
      ? [`Rejected: ${alternatives.map((one) => inLine(one, 100)).join('; ')}.`]
      : []),
    ...(impact === null ? [] : [`What follows: ${inLine(impact, 200)}`])
  ].join(' ')
}

function closing({ issues }: Evidence): string[] {
  const open = issues.filter(({ state }) => state !== 'closed')
  return open.length === 0 ? [] : [open.map((issue) => `Closes ${issueName(issue)}`).join('\n')]
}
