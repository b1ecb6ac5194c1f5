import { Type } from 'typebox'
import { type IssueLink, listLinksToIssue } from '../../db/coding/issue-links.ts'
import { findCodingSession } from '../../db/coding/sessions.ts'
import type { Db } from '../../db/connection/connect.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  decisionLine,
  errorKinds,
  errorLine,
  evidenceOf,
  fileLine,
  fileStories
} from '../../domain/coding/evidence.ts'
import { closed, inLine, Project } from '../../domain/coding/fields.ts'
import {
  type Issue,
  issueAnswer,
  issueArguments,
  issueText,
  lookedUp,
  meantIssue
} from '../../domain/coding/issues.ts'
import { byTitle, fitted, markdown, type Section, Sections } from '../../domain/coding/report.ts'

/** Sessions of an issue that are told of, and records of each that are looked at. */
const SESSIONS = 5
const LOOKED_AT = 100
const TOKENS = 1500

const { repository, title, url, body } = issueArguments

export const getIssueContext = tool({
  name: 'coding_get_issue_context',
  title: 'What is known of an issue',
  description:
    'Tells what is known of a GitHub issue: its text (also from GitHub, if the person stored a token), and the sessions that worked on it with their decisions, errors and changes.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true
  },
  input: Type.Object(
    {
      issue_number: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Or url.' })
      ),
      project_id: Type.Optional({ ...Project, description: 'Only this project.' }),
      repository,
      title,
      url,
      body
    },
    closed
  ),
  output: Type.Object(
    {
      issue: Type.Record(Type.String(), Type.Unknown()),
      sections: Sections,
      note: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ project_id: project, ...sent }, context) {
    const {
      db,
      principal: { user_id: userId }
    } = context
    const meant = meantIssue(sent)
    const links = await listLinksToIssue(db, userId, {
      number: meant.issue_number,
      repository: meant.repository || undefined,
      projectId: project
    })
    const { issue, problem } = await lookedUp(
      { ...meant, repository: meant.repository || links[0]?.repository || '' },
      context
    )
    if (links.length === 0 && !issue.title && !issue.body) throw problem ?? unknown(meant)
    const { sections } = fitted(await sectionsOf(db, userId, links), TOKENS)
    return {
      issue: { ...issueAnswer(joined(issue, links)) },
      sections: byTitle(sections),
      ...(problem && { note: problem.message })
    }
  },
  text: ({ issue, sections, note }) =>
    [issueText(issue as unknown as ReturnType<typeof issueAnswer>), markdown(sections), note]
      .filter(Boolean)
      .join('\n\n')
})

function unknown({ issue_number: number }: Issue): ToolError {
  return new ToolError(
    `Nothing is known of issue #${number} here. Send its title and body, or link it to the active session with coding_link_github_issue.`
  )
}

/** What the client or GitHub says now goes before what a session was told. */
function joined(meant: Issue, links: IssueLink[]): Issue {
  const [known] = links
  if (!known) return meant
  return {
    issue_number: meant.issue_number,
    repository: meant.repository || known.repository,
    title: meant.title || known.title,
    url: meant.url ?? known.url,
    state: meant.state ?? known.state,
    labels: meant.labels.length > 0 ? meant.labels : known.labels,
    assignees: meant.assignees.length > 0 ? meant.assignees : known.assignees,
    body: meant.body || known.body
  }
}

async function sectionsOf(db: Db, userId: string, links: IssueLink[]): Promise<Section[]> {
  const sections: Section[] = []
  for (const { project_id: project, session_id: id } of links.slice(0, SESSIONS)) {
    const session = await findCodingSession(db, userId, project, id)
    const { changes, decisions, errors } = await evidenceOf(db, userId, project, {
      sessionId: id,
      limit: LOOKED_AT
    })
    const how = session?.ended_at
      ? session.success === null
        ? 'ended'
        : session.success
          ? 'goal reached'
          : 'goal not reached'
      : 'active'
    sections.push({
      title: `Session ${id} on ${inLine(project, 60)}`,
      lines: [
        `${inLine(session?.description ?? '', 200)} (${how})`,
        ...decisions.map((one) => `Decided: ${decisionLine(one)}`),
        ...errorKinds(errors).map(errorLine),
        ...fileStories(changes).map(fileLine)
      ]
    })
  }
  return sections
}
