import type { CodingSession } from '../../db/coding/sessions.ts'
import { countedNoun } from './text.ts'

/** A session, as tools answer it: times in ISO 8601, no field where a value is missing. */
export interface SessionReport {
  session_id: string
  project_id: string
  description: string
  tags: string[]
  active: boolean
  started_at: string
  ended_at?: string
  /** Time worked, to a tenth of a minute: breaks between an end and a resume do not count. */
  duration_minutes: number
  summary?: string
  success?: boolean
}

/** Numbers of records, by their kind. */
export type RecordCounts = Record<string, number>

/** The row of a session as a report. */
export function reportSession(session: CodingSession): SessionReport {
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

/** The counts in words, such as `3 changes to 2 files, 1 error (0 resolved), 1 decision`. */
export function describeCounts(counts: RecordCounts): string {
  const { file_changes: changes = 0, files = 0, errors = 0, resolved = 0 } = counts
  const { decisions = 0, interactions = 0, issues = 0 } = counts
  return [
    `${countedNoun(changes, 'change')} to ${countedNoun(files, 'file')}`,
    `${countedNoun(errors, 'error')}${errors > 0 ? ` (${resolved} resolved)` : ''}`,
    countedNoun(decisions, 'decision'),
    ...(interactions > 0 ? [countedNoun(interactions, 'recorded interaction')] : []),
    ...(issues > 0 ? [countedNoun(issues, 'linked issue')] : [])
  ].join(', ')
}
