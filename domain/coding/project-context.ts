import { countCodingRecords } from '../../db/coding/records.ts'
import { type CodingSession, listCodingSessions } from '../../db/coding/sessions.ts'
import type { CallContext } from '../context.ts'
import { findMemories } from '../memory/search/find.ts'
import {
  distinctErrors,
  type RecordEvidence,
  fileStories,
  isOpen,
  listEvidence
} from './evidence.ts'
import { decisionLine, errorLine, fileLine, issueLine } from './evidence-lines.ts'
import { languageShares, sharesText } from './file-facts.ts'
import { projectTag } from './record.ts'
import { fitSections, type FittedReport, type ReportSection } from './report.ts'
import { describeCounts, type RecordCounts } from './session-report.ts'
import { asSentence, countedNoun, singleLine } from './text.ts'
import { unknownProjectError } from './unknown-project.ts'

/** Records of each kind, and sessions, that are read. */
const MAX_RECORDS = 300
const MAX_SESSIONS = 50
/** Memories about the focus that are read. */
const MAX_FOCUS_MEMORIES = 20
const DEFAULT_TOKENS = 2000

/**
 * What a colleague must know of a project, in at most `max_tokens`, 2000 if left out. A focus is
 * searched, and its memories come first. Throws ToolError for a project without sessions.
 */
export async function describeProject(
  context: CallContext,
  input: { project_id: string; focus?: string; max_tokens?: number }
): Promise<FittedReport> {
  const { project_id: projectId, focus = '', max_tokens: maxTokens = DEFAULT_TOKENS } = input
  const { db, principal } = context
  const userId = principal.user_id
  const sessions = await listCodingSessions(db, userId, projectId, MAX_SESSIONS)
  if (sessions.length === 0) throw await unknownProjectError(context, projectId)
  const [counts, evidence, focusSections] = await Promise.all([
    countCodingRecords(db, userId, projectId),
    listEvidence(db, userId, projectId, { limit: MAX_RECORDS }),
    focus.trim() === '' ? [] : searchFocus(context, projectId, focus)
  ])
  const sections = [
    standingSection(sessions, { ...counts }, evidence),
    ...recordSections(sessions, evidence)
  ]
  return fitSections([...focusSections, ...sections], maxTokens)
}

/** The project's memories with words of the focus, without diffs, stacks and issue texts. */
async function searchFocus(
  { db, principal }: CallContext,
  projectId: string,
  focus: string
): Promise<ReportSection[]> {
  const { rows } = await findMemories(db, principal.user_id, {
    query: focus,
    tags: [projectTag(projectId)],
    limit: MAX_FOCUS_MEMORIES,
    valueLimit: 700
  })
  const focusLines = rows
    .filter(({ isSelective, words }) => isSelective && words.length > 0)
    .map(({ value, created_at: createdAt }) => {
      const firstParagraph = value.split('\n\n', 1)[0]!.replaceAll('\n', '; ')
      return `${singleLine(firstParagraph, 400)} (${isoDay(createdAt)})`
    })
  return [
    {
      title: `About "${singleLine(focus, 100)}"`,
      lines: focusLines.length > 0 ? focusLines : ['No record mentions it.']
    }
  ]
}

function standingSection(
  sessions: CodingSession[],
  counts: RecordCounts,
  { changes }: RecordEvidence
): ReportSection {
  const activeSession = sessions.find(isActive)
  const newestSession = sessions[0]!
  const firstDay = isoDay(sessions.at(-1)!.started_at)
  const sessionCount =
    sessions.length === MAX_SESSIONS
      ? `The last ${MAX_SESSIONS} sessions`
      : countedNoun(sessions.length, 'session')
  const touchedLanguages = languageShares(changes.map((change) => change.file_path))
  return {
    title: 'Where it stands',
    lines: [
      activeSession
        ? `In work since ${isoDay(activeSession.started_at)}: ` +
          `${singleLine(activeSession.description, 300)} (${activeSession.session_id})`
        : `No session is active; the last one began on ${isoDay(newestSession.started_at)}: ` +
          singleLine(newestSession.description, 200),
      `${sessionCount} since ${firstDay}; in all ${describeCounts(counts)}.`,
      ...(touchedLanguages.length > 0 ? [`Files touched: ${sharesText(touchedLanguages)}`] : [])
    ]
  }
}

function recordSections(
  sessions: CodingSession[],
  { changes, errors, decisions, interactions, issues }: RecordEvidence
): ReportSection[] {
  const errorKinds = distinctErrors(errors)
  return [
    {
      title: 'Decisions',
      lines: decisions.map(
        (decision) => `${decisionLine(decision)} (${isoDay(decision.created_at)})`
      )
    },
    { title: 'Open errors', lines: errorKinds.filter(isOpen).map(errorLine) },
    {
      title: 'Sessions',
      lines: sessions.filter((session) => !isActive(session)).map(sessionLine)
    },
    { title: 'Files most worked on', lines: fileStories(changes).map(fileLine) },
    {
      title: 'Errors solved',
      lines: errorKinds.filter((error) => !isOpen(error)).map(errorLine)
    },
    {
      title: 'Learned',
      lines: interactions
        .filter(({ interaction_type: type }) => type !== 'implementation')
        .map(
          ({ user_query: query, ai_response: response }) =>
            `${singleLine(query, 150)} → ${singleLine(response, 250)}`
        )
    },
    { title: 'Issues', lines: [...new Set(issues.map(issueLine))] }
  ]
}

function isActive(session: CodingSession): boolean {
  return session.ended_at === null
}

/** When the session began, its goal and how it ended, with the summary that a client gave. */
function sessionLine(session: CodingSession): string {
  const { success, summary } = session
  const outcomeText = success === null ? '' : success ? ' Goal reached.' : ' Goal not reached.'
  const hasGivenSummary = summary !== null && session.summary_given
  return (
    `${isoDay(session.started_at)}: ${asSentence(session.description, 200)}${outcomeText}` +
    (hasGivenSummary ? ` ${singleLine(summary, 350)}` : '')
  )
}

/** The day in UTC, as YYYY-MM-DD. */
function isoDay(time: Date): string {
  return time.toISOString().slice(0, 10)
}
