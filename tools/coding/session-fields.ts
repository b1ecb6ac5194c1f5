import { Type } from 'typebox'
import type { SessionReport } from '../../domain/coding/session-report.ts'

/** The fields of a session report. Each tool chooses those that it answers. */
export const sessionFields = {
  session_id: Type.String(),
  project_id: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  active: Type.Boolean(),
  started_at: Type.String(),
  ended_at: Type.Optional(Type.String()),
  duration_minutes: Type.Number(),
  summary: Type.Optional(Type.String()),
  success: Type.Optional(Type.Boolean())
}

/** Numbers of records by their kind. */
export const RecordCounts = Type.Record(Type.String(), Type.Integer())

/** Some fields of a report; those that it does not have stay absent. */
export function pickFields<Name extends keyof SessionReport>(
  report: SessionReport,
  names: readonly Name[]
): Pick<SessionReport, Name> {
  const isPicked = ([name]: [string, unknown]) => (names as readonly string[]).includes(name)
  return Object.fromEntries(Object.entries(report).filter(isPicked)) as Pick<SessionReport, Name>
}

/** How a session ended, in lines. */
export function outcomeLines({
  success,
  summary
}: Pick<SessionReport, 'success' | 'summary'>): string[] {
  return [
    ...(success === undefined ? [] : [`- Goal reached: ${success ? 'yes' : 'no'}`]),
    ...(summary === undefined ? [] : [`- Summary: ${summary}`])
  ]
}
