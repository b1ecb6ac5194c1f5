import type { CodingDecision } from '../../db/coding/decisions.ts'
import type { ReportedError } from '../../db/coding/errors.ts'
import type { CodingSession } from '../../db/coding/sessions.ts'
import { distinctErrors, type RecordEvidence, isOpen } from './evidence.ts'
import { sharesOf } from './file-facts.ts'
import { type PatternFinding, findingOf, medianOf, preferenceFinding } from './findings.ts'
import { countedNoun, singleLine } from './text.ts'

const HOUR_MS = 3_600_000
const MONTH_MS = 30 * 86_400_000
/** Recurring errors that are reported. */
const MAX_RECURRING = 3

/** How many errors are solved and how fast, their types, and those that came back. */
export function errorFindings(errors: readonly ReportedError[]): PatternFinding[] {
  if (errors.length === 0) return []
  const solvedErrors = errors.filter((error) => !isOpen(error))
  const solvingHours = solvedErrors
    .map((error) => (error.resolved_at!.getTime() - error.created_at.getTime()) / HOUR_MS)
    .filter((hours) => hours > 0) // not those that were recorded with their solution
  const medianHours = medianOf(solvingHours)
  const speedNote =
    medianHours === undefined ? '' : `, half of them within ${hoursText(medianHours)}`
  const finding =
    `${countedNoun(errors.length, 'error')}, ` + `${solvedErrors.length} solved${speedNote}`
  const errorTypes = errors.map((error) => error.error_type)
  return [
    findingOf('errors', finding, errors.length),
    ...preferenceFinding('error types', sharesOf(errorTypes)),
    ...recurringErrors(errors)
  ]
}

function hoursText(hours: number): string {
  return hours < 1
    ? countedNoun(Math.ceil(hours * 60), 'minute')
    : countedNoun(Math.ceil(hours), 'hour')
}

function recurringErrors(errors: readonly ReportedError[]): PatternFinding[] {
  return distinctErrors(errors)
    .map((error) => ({
      error,
      count: errors.filter(({ fingerprint }) => fingerprint === error.fingerprint).length
    }))
    .filter(({ count }) => count > 1)
    .sort((a, b) => b.count - a.count)
    .slice(0, MAX_RECURRING)
    .map(({ error, count }) => {
      const solutionNote =
        error.solution === null ? '' : `. Solved: ${singleLine(error.solution, 200)}`
      const messageLine = singleLine(error.message, 150)
      const finding = `${count} times ${error.error_type}: ${messageLine}${solutionNote}`
      return findingOf('comes back', finding, count)
    })
}

/** What decisions are about, by their tags. */
export function decisionFindings(decisions: readonly CodingDecision[]): PatternFinding[] {
  return preferenceFinding('decisions about', sharesOf(decisions.flatMap(({ tags }) => tags)))
}

/** How sessions end, their length and trend. Expects at least one, the newest first. */
export function sessionFindings(
  sessions: readonly CodingSession[],
  evidence: RecordEvidence
): PatternFinding[] {
  const medianMinutes = medianOf(sessions.map(({ minutes }) => minutes))!
  const medianDuration = countedNoun(Math.ceil(medianMinutes), 'minute')
  return [
    ...outcomeFinding(sessions),
    findingOf('sessions', `half of them take at most ${medianDuration}`, sessions.length),
    ...trendFinding(sessions, evidence)
  ]
}

function outcomeFinding(sessions: readonly CodingSession[]): PatternFinding[] {
  const knownOutcomes = sessions.flatMap(({ success }) => success ?? [])
  if (knownOutcomes.length === 0) return []
  const reachedCount = knownOutcomes.filter(Boolean).length
  const majorityCount = Math.max(reachedCount, knownOutcomes.length - reachedCount)
  const finding = `${reachedCount} of ${knownOutcomes.length} reached their goal`
  return [
    findingOf('sessions', finding, knownOutcomes.length, majorityCount / knownOutcomes.length)
  ]
}

/** The 30 days up to the last session, against the 30 days before; none for a younger project. */
function trendFinding(
  sessions: readonly CodingSession[],
  { changes, errors }: RecordEvidence
): PatternFinding[] {
  const lastStart = sessions[0]!.started_at.getTime()
  const monthAgo = lastStart - MONTH_MS
  if (!sessions.some((session) => session.started_at.getTime() <= monthAgo)) return []
  const activityBetween = (startMs: number, endMs: number) => {
    const countBetween = (times: Date[]) =>
      times.filter((time) => time.getTime() > startMs && time.getTime() <= endMs).length
    const sessionCount = countBetween(sessions.map((session) => session.started_at))
    const changeCount = countBetween(changes.map((change) => change.created_at))
    const errorCount = countBetween(errors.map((error) => error.created_at))
    return [
      countedNoun(sessionCount, 'session'),
      countedNoun(changeCount, 'change'),
      countedNoun(errorCount, 'error')
    ].join(', ')
  }
  const lastMonth = activityBetween(monthAgo, Infinity)
  const monthBefore = activityBetween(monthAgo - MONTH_MS, monthAgo)
  const finding =
    `the last 30 days up to the last session: ${lastMonth}; ` + `the 30 days before: ${monthBefore}`
  return [findingOf('trend', finding, sessions.length)]
}
