import type { CodingDecision } from '../../db/coding/decisions.ts'
import type { ReportedError } from '../../db/coding/errors.ts'
import type { IssueLink } from '../../db/coding/issue-links.ts'
import type { FileStory } from './evidence.ts'
import { asSentence, singleLine } from './text.ts'

/** `src/a.ts (changed, 3 times, +10 -2): reason; reason`. */
export function fileLine({ path, net, changes, added, removed, reasons }: FileStory): string {
  const changeDetails = [
    net,
    ...(changes > 1 ? [`${changes} times`] : []),
    ...(added + removed > 0 ? [`+${added} -${removed}`] : [])
  ]
  const reasonList = reasons.map((reason) => singleLine(reason, 200)).join('; ')
  return `${path} (${changeDetails.join(', ')}): ${reasonList}`
}

/** The decision, and why it was made. */
export function decisionLine({ decision, rationale, confidence }: CodingDecision): string {
  const doubtNote = confidence < 0.5 ? ' (not sure)' : ''
  return `${asSentence(decision, 250)} Why: ${asSentence(rationale, 250)}${doubtNote}`
}

/** The error with its place, and its solution if there is one. */
export function errorLine(error: ReportedError): string {
  const errorLocation = errorPlace(error)
  return (
    `${error.error_type}: ${singleLine(error.message, 200)}` +
    (errorLocation && ` (${errorLocation})`) +
    (error.solution === null ? '' : `. Solved: ${singleLine(error.solution, 250)}`)
  )
}

/** Where an error was seen, as `file:line`; empty when no file is recorded. */
export function errorPlace(error: Pick<ReportedError, 'file_path' | 'line_number'>): string {
  if (error.file_path === null) return ''
  return error.line_number === null ? error.file_path : `${error.file_path}:${error.line_number}`
}

/** `owner/name#12`, or `#12` when the repository is not known. */
export function issueName(issue: Pick<IssueLink, 'repository' | 'issue_number'>): string {
  return `${issue.repository}#${issue.issue_number}`
}

/** The issue's name, title and state. */
export function issueLine(link: IssueLink): string {
  const titleText = link.title ? ` ${singleLine(link.title, 150)}` : ''
  return `${issueName(link)}${titleText}${link.state ? ` (${link.state})` : ''}`
}
