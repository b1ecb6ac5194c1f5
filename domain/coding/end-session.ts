import { countCodingRecords } from '../../db/coding/records.ts'
import {
  type CodingSession,
  endCodingSession,
  updateSessionMemories
} from '../../db/coding/sessions.ts'
import type { CallContext } from '../context.ts'
import {
  distinctErrors,
  type RecordEvidence,
  fileStories,
  isOpen,
  listEvidence
} from './evidence.ts'
import { decisionLine, errorLine, fileLine, issueLine } from './evidence-lines.ts'
import { recordInSession, type SessionRecording, storeRecordMemory } from './record.ts'
import { bulletList, fitSections } from './report.ts'
import {
  describeCounts,
  type RecordCounts,
  reportSession,
  type SessionReport
} from './session-report.ts'
import { countedNoun, singleLine } from './text.ts'

/** Records of each kind from which a summary is written. */
const MAX_RECORDS = 500
/** Length of a summary that is written from records. */
const SUMMARY_TOKENS = 800

/** How a session ends. Without `summary`, one is written from the records. */
export interface SessionEnding {
  project_id: string
  summary?: string
  success?: boolean
  /** Whether the summary is stored as a memory too. */
  store_summary: boolean
}

/**
 * Ends the project's active session; nothing else is recorded in it meanwhile. Throws ToolError
 * when no session is active.
 */
export async function endSession(
  context: CallContext,
  input: SessionEnding
): Promise<{ session: SessionReport; counts: RecordCounts }> {
  const { project_id: projectId, success } = input
  const userId = context.principal.user_id
  const endActiveSession = async (recording: SessionRecording & { session: CodingSession }) => {
    const { trx, session } = recording
    const sessionId = session.session_id
    const recordCounts = { ...(await countCodingRecords(trx, userId, projectId, sessionId)) }
    const finalSummary =
      input.summary ||
      composeSummary(
        session,
        recordCounts,
        await listEvidence(trx, userId, projectId, { sessionId, limit: MAX_RECORDS })
      )
    const endedSession = await endCodingSession(trx, session, {
      summary: finalSummary,
      summary_given: Boolean(input.summary),
      success: success ?? null
    })
    if (input.store_summary) await storeSummary(recording, finalSummary, success)
    return { session: reportSession(endedSession), counts: recordCounts }
  }
  return recordInSession(context, projectId, endActiveSession, 'ending')
}

async function storeSummary(
  recording: SessionRecording & { session: CodingSession },
  summary: string,
  success: boolean | undefined
): Promise<void> {
  const { trx, session } = recording
  const outcomeText = success === undefined ? '' : success ? ', goal reached' : ', goal not reached'
  const goalLine = singleLine(session.description, 200)
  const memoryId = await storeRecordMemory(recording, {
    key: `${session.session_id}/summary`,
    value:
      `Summary of the coding session on ${session.project_id}, "${goalLine}"${outcomeText}: ` +
      summary,
    type: 'coding_session',
    importance: success ? 0.8 : 0.6,
    tags: session.tags
  })
  await updateSessionMemories(trx, session, { summary_memory_id: memoryId })
}

/** A summary from the records, the most important first. */
function composeSummary(
  session: CodingSession,
  counts: RecordCounts,
  { changes, errors, decisions, issues }: RecordEvidence
): string {
  const errorKinds = distinctErrors(errors)
  const { sections } = fitSections(
    [
      { title: 'Decided', lines: decisions.map(decisionLine) },
      { title: 'Open errors', lines: errorKinds.filter(isOpen).map(errorLine) },
      { title: 'Files', lines: fileStories(changes).map(fileLine) },
      {
        title: 'Errors solved',
        lines: errorKinds.filter((error) => !isOpen(error)).map(errorLine)
      },
      { title: 'Issues', lines: issues.map(issueLine) }
    ],
    SUMMARY_TOKENS
  )
  const durationText =
    session.minutes < 1 ? 'Less than a minute' : countedNoun(Math.round(session.minutes), 'minute')
  return [
    `${durationText}: ${describeCounts(counts)}.`,
    ...sections.map(({ title, lines }) => `${title}:\n${bulletList(lines)}`)
  ].join('\n')
}
