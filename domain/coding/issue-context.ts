import { type IssueLink, listLinksToIssue } from '../../db/coding/issue-links.ts'
import { type CodingSession, findCodingSession } from '../../db/coding/sessions.ts'
import type { Db } from '../../db/connection/connect.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { distinctErrors, fileStories, listEvidence } from './evidence.ts'
import { decisionLine, errorLine, fileLine } from './evidence-lines.ts'
import {
  fetchIssue,
  type KnownIssue,
  type IssueInput,
  type IssueReport,
  parseIssue,
  reportIssue
} from './issues.ts'
import { fitSections, type ReportSection } from './report.ts'
import { singleLine } from './text.ts'

/** Sessions of an issue that are described, and records of each kind that are read of each. */
const MAX_SESSIONS = 5
const MAX_RECORDS = 100
const REPORT_TOKENS = 1500

/** An issue with the sessions that worked on it. */
export interface IssueContext {
  issue: IssueReport
  sections: ReportSection[]
  /** Why GitHub did not answer. */
  problem?: ToolError
}

/**
 * What is known of an issue, from the client, GitHub and the sessions that worked on it; in all
 * projects, or in one. Throws ToolError when nothing is known.
 */
export async function findIssueContext(
  context: CallContext,
  { project_id: projectId, ...input }: IssueInput & { project_id?: string }
): Promise<IssueContext> {
  const { db, principal } = context
  const sentIssue = parseIssue(input)
  const links = await listLinksToIssue(db, principal.user_id, {
    number: sentIssue.issue_number,
    repository: sentIssue.repository || undefined,
    projectId
  })
  const repository = sentIssue.repository || links[0]?.repository || ''
  const { issue, problem } = await fetchIssue({ ...sentIssue, repository }, context)
  if (links.length === 0 && !issue.title && !issue.body) {
    throw problem ?? unknownIssueError(sentIssue)
  }
  const sessionSections = await listSessionSections(db, principal.user_id, links)
  return {
    issue: reportIssue(fillFromLink(issue, links[0])),
    sections: fitSections(sessionSections, REPORT_TOKENS).sections,
    ...(problem && { problem })
  }
}

function unknownIssueError(issue: KnownIssue): ToolError {
  return new ToolError(
    `Issue #${issue.issue_number} is not known here. Send its title and body, ` +
      'or link it to the active session with coding_link_github_issue.'
  )
}

/** The issue; what it lacks is taken from the link, which holds what was known at its time. */
function fillFromLink(issue: KnownIssue, link: IssueLink | undefined): KnownIssue {
  if (!link) return issue
  return {
    issue_number: issue.issue_number,
    repository: issue.repository || link.repository,
    title: issue.title || link.title,
    url: issue.url ?? link.url,
    state: issue.state ?? link.state,
    labels: issue.labels.length > 0 ? issue.labels : link.labels,
    assignees: issue.assignees.length > 0 ? issue.assignees : link.assignees,
    body: issue.body || link.body
  }
}

/** A section for each of the newest linked sessions. */
async function listSessionSections(
  db: Db,
  userId: string,
  links: IssueLink[]
): Promise<ReportSection[]> {
  const sections: ReportSection[] = []
  for (const { project_id: projectId, session_id: sessionId } of links.slice(0, MAX_SESSIONS)) {
    const session = await findCodingSession(db, userId, projectId, sessionId)
    const { changes, decisions, errors } = await listEvidence(db, userId, projectId, {
      sessionId,
      limit: MAX_RECORDS
    })
    sections.push({
      title: `Session ${sessionId} on ${singleLine(projectId, 60)}`,
      lines: [
        `${singleLine(session?.description ?? '', 200)} (${sessionState(session)})`,
        ...decisions.map((decision) => `Decided: ${decisionLine(decision)}`),
        ...distinctErrors(errors).map(errorLine),
        ...fileStories(changes).map(fileLine)
      ]
    })
  }
  return sections
}

function sessionState(session: CodingSession | undefined): string {
  if (!session?.ended_at) return 'active'
  if (session.success === null) return 'ended'
  return session.success ? 'goal reached' : 'goal not reached'
}
