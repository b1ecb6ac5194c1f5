import type { CodingDecision } from '../../db/coding/decisions.ts'
import {
  type CodingSession,
  findActiveCodingSession,
  findCodingSession,
  findLastCodingSession
} from '../../db/coding/sessions.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { isTestFile } from '../../lib/test-files.ts'
import type { CallContext } from '../context.ts'
import {
  distinctErrors,
  type RecordEvidence,
  fileStories,
  isOpen,
  listEvidence
} from './evidence.ts'
import { errorLine, fileLine, issueLine, issueName } from './evidence-lines.ts'
import { fitSections, linesByTitle, type ReportSection, sectionsMarkdown } from './report.ts'
import { asSentence, clipText, countedNoun, singleLine } from './text.ts'
import { unknownProjectError } from './unknown-project.ts'

/** Records of each kind that are read. */
const MAX_RECORDS = 1000
/** Characters of a title, and of the summary. */
const MAX_TITLE_LENGTH = 72
const MAX_SUMMARY_LENGTH = 4000
const BODY_TOKENS = 4000

/** A pull-request text in Markdown. `left_out`: lines that did not fit. */
export interface PullRequestText {
  session_id: string
  title: string
  body: string
  left_out: number
}

/**
 * Writes a pull-request text from the records of a session: that of the id, or the active one, or
 * the last one. Throws ToolError when there is no such session, or it has no records.
 */
export async function writePullRequest(
  context: CallContext,
  { project_id: projectId, session_id: requestedId }: { project_id: string; session_id?: string }
): Promise<PullRequestText> {
  const session = await chooseSession(context, projectId, requestedId)
  const sessionId = session.session_id
  const evidence = await listEvidence(context.db, context.principal.user_id, projectId, {
    sessionId,
    limit: MAX_RECORDS
  })
  if (evidence.changes.length + evidence.decisions.length + evidence.errors.length === 0) {
    throw new ToolError(
      `Session ${sessionId} has no records to describe. ` +
        'Record the changes with coding_track_file_change first.'
    )
  }
  const { sections, left_out: leftOut } = fitSections(bodySections(evidence), BODY_TOKENS)
  const bodyText = [
    `## Summary\n${clipText(summaryText(session), MAX_SUMMARY_LENGTH)}`,
    sectionsMarkdown(linesByTitle(sections)),
    ...(leftOut > 0 ? [`(${countedNoun(leftOut, 'further line')} left out.)`] : []),
    ...closingLines(evidence)
  ].join('\n\n')
  return {
    session_id: sessionId,
    title: singleLine(session.description, MAX_TITLE_LENGTH),
    body: bodyText,
    left_out: leftOut
  }
}

async function chooseSession(
  context: CallContext,
  projectId: string,
  requestedId: string | undefined
): Promise<CodingSession> {
  const { db, principal } = context
  if (requestedId !== undefined) {
    const session = await findCodingSession(db, principal.user_id, projectId, requestedId)
    if (session) return session
    throw new ToolError(
      `Project "${projectId}" has no session ${requestedId}. ` +
        'Leave session_id out for the active or last one.'
    )
  }
  const session =
    (await findActiveCodingSession(db, principal.user_id, projectId)) ??
    (await findLastCodingSession(db, principal.user_id, projectId))
  if (!session) throw await unknownProjectError(context, projectId)
  return session
}

/** The summary that a client gave at the end of the session; otherwise the session's goal. */
function summaryText(session: CodingSession): string {
  const { ended_at: endedAt, summary, summary_given: isGiven } = session
  return endedAt !== null && summary !== null && isGiven ? summary : session.description
}

function bodySections({ changes, errors, decisions, issues }: RecordEvidence): ReportSection[] {
  const keptStories = fileStories(changes).filter(({ net }) => net !== 'created and deleted again')
  const testStories = keptStories.filter(({ path, net }) => net === 'tested' || isTestFile(path))
  const sourceStories = keptStories.filter((story) => !testStories.includes(story))
  const errorKinds = distinctErrors(errors)
  const noTests = changes.length > 0 ? ['No test was recorded.'] : []
  return [
    { title: 'Changes', lines: sourceStories.map(fileLine) },
    { title: 'Decisions', lines: decisions.toReversed().map(decisionParagraph) },
    {
      title: 'Errors met and solved',
      lines: errorKinds.filter((error) => !isOpen(error)).map(errorLine)
    },
    { title: 'Tests', lines: testStories.length > 0 ? testStories.map(fileLine) : noTests },
    { title: 'Still open', lines: errorKinds.filter(isOpen).map(errorLine) },
    { title: 'Issues', lines: issues.map(issueLine) }
  ]
}

function decisionParagraph({ decision, rationale, alternatives, impact }: CodingDecision): string {
  const rejectedAlternatives = alternatives.map((alternative) => singleLine(alternative, 100))
  return [
    `**${singleLine(decision, 200)}**: ${asSentence(rationale, 300)}`,
    ...(rejectedAlternatives.length > 0 ? [`Rejected: ${rejectedAlternatives.join('; ')}.`] : []),
    ...(impact === null ? [] : [`What follows: ${singleLine(impact, 200)}`])
  ].join(' ')
}

/** `Closes owner/name#12` for each issue that is not closed: GitHub closes it with the merge. */
function closingLines({ issues }: RecordEvidence): string[] {
  const openIssues = issues.filter(({ state }) => state !== 'closed')
  const closingPhrases = openIssues.map((issue) => `Closes ${issueName(issue)}`)
  return closingPhrases.length === 0 ? [] : [closingPhrases.join('\n')]
}
