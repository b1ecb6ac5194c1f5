import { countCodingRecords } from '../../db/coding/records.ts'
import { findActiveCodingSession, findLastCodingSession } from '../../db/coding/sessions.ts'
import { isTestFile } from '../../lib/test-files.ts'
import type { CallContext } from '../context.ts'
import { type RecordEvidence, isOpen, listEvidence } from './evidence.ts'
import { decisionLine, errorLine } from './evidence-lines.ts'
import { pastActions } from './file-changes.ts'
import type { ReportSection } from './report.ts'
import { type RecordCounts, reportSession, type SessionReport } from './session-report.ts'
import { countedNoun, singleLine } from './text.ts'

/** Records of each kind that are read. */
const MAX_RECORDS = 200
/** Changes from which a session should have recorded a decision. */
const MANY_CHANGES = 5
/** Minutes after which a session is called long. */
const LONG_SESSION_MINUTES = 240

/** The active session with its records, or the last session, or neither. */
export type SessionStatus =
  | { session?: undefined }
  | { session: SessionReport; counts?: RecordCounts; sections?: ReportSection[] }

/** The project's active session with counts and sections; otherwise its last session alone. */
export async function findSessionStatus(
  { db, principal }: CallContext,
  { project_id: projectId }: { project_id: string }
): Promise<SessionStatus> {
  const userId = principal.user_id
  const activeSession = await findActiveCodingSession(db, userId, projectId)
  if (!activeSession) {
    const lastSession = await findLastCodingSession(db, userId, projectId)
    return lastSession ? { session: reportSession(lastSession) } : {}
  }
  const sessionId = activeSession.session_id
  const evidence = await listEvidence(db, userId, projectId, { sessionId, limit: MAX_RECORDS })
  const recordCounts = await countCodingRecords(db, userId, projectId, sessionId)
  return {
    session: reportSession(activeSession),
    counts: { ...recordCounts },
    sections: statusSections(evidence, activeSession.minutes)
  }
}

function statusSections(evidence: RecordEvidence, minutes: number): ReportSection[] {
  const { changes, decisions, errors } = evidence
  const sections = [
    {
      title: 'Last changes',
      lines: changes
        .slice(0, 3)
        .map(
          ({ action, file_path: path, reason }) =>
            `${pastActions[action]} ${path}: ${singleLine(reason, 200)}`
        )
    },
    { title: 'Last decisions', lines: decisions.slice(0, 2).map(decisionLine) },
    {
      title: 'Open errors',
      lines: errors
        .filter(isOpen)
        .slice(0, 5)
        .map((error) => `${error.error_id} ${errorLine(error)}`)
    },
    { title: 'Next', lines: nextSteps(evidence, minutes) }
  ]
  return sections.filter(({ lines }) => lines.length > 0)
}

function nextSteps({ changes, errors, decisions }: RecordEvidence, minutes: number): string[] {
  const openCount = errors.filter(isOpen).length
  const hasTests = changes.some(
    ({ file_path: path, action }) => action === 'test' || isTestFile(path)
  )
  const adviceSteps: string[] = []
  if (openCount > 0) {
    adviceSteps.push(
      `Solve ${countedNoun(openCount, 'open error')}, or record what solved ` +
        `${openCount === 1 ? 'it' : 'them'} with coding_record_error.`
    )
  }
  if (changes.length === 0) {
    adviceSteps.push('Record the first change with coding_track_file_change.')
  }
  if (changes.length > 0 && !hasTests) {
    adviceSteps.push('No test was changed yet. Test the changes.')
  }
  if (changes.length >= MANY_CHANGES && decisions.length === 0) {
    adviceSteps.push('Record why it was done this way with coding_record_decision.')
  }
  if (minutes > LONG_SESSION_MINUTES) {
    adviceSteps.push(
      'The session is long. If its goal is reached or has changed, end it with coding_end_session.'
    )
  }
  return adviceSteps
}
