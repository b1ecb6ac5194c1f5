import { type CodingDecision, listDecisions } from '../../db/coding/decisions.ts'
import { listCodingErrors, type ReportedError } from '../../db/coding/errors.ts'
import { listFileChanges, type ReportedFileChange } from '../../db/coding/file-changes.ts'
import { type CodingInteraction, listCodingInteractions } from '../../db/coding/interactions.ts'
import { type IssueLink, listIssueLinks } from '../../db/coding/issue-links.ts'
import type { Db } from '../../db/connection/connect.ts'
import { inLine, sentence } from './fields.ts'

/** What was recorded, newest first. */
export interface Evidence {
  changes: ReportedFileChange[]
  errors: ReportedError[]
  decisions: CodingDecision[]
  interactions: CodingInteraction[]
  issues: IssueLink[]
}

/** The last records of a project, or of one session of it. */
export async function evidenceOf(
  db: Db,
  userId: string,
  project: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
): Promise<Evidence> {
  const which = { sessionId, limit }
  const [changes, errors, decisions, interactions, issues] = await Promise.all([
    listFileChanges(db, userId, project, which),
    listCodingErrors(db, userId, project, which),
    listDecisions(db, userId, project, which),
    listCodingInteractions(db, userId, project, which),
    listIssueLinks(db, userId, project, which)
  ])
  return { changes, errors, decisions, interactions, issues }
}

/** What became of one file. */
export interface FileStory {
  path: string
  /** What the changes come to. */
  net: 'created' | 'changed' | 'deleted' | 'renamed' | 'tested' | 'created and deleted again'
  changes: number
  added: number
  removed: number
  /** Each once, the oldest first. */
  reasons: string[]
  last_at: Date
}

/** The files that were touched, the most changed first, then the last changed. */
export function fileStories(changes: readonly ReportedFileChange[]): FileStory[] {
  const byPath = new Map<string, ReportedFileChange[]>()
  for (const change of changes) {
    byPath.set(change.file_path, [change, ...(byPath.get(change.file_path) ?? [])])
  }
  return [...byPath.entries()]
    .map(([path, own]) => ({
      path,
      net: netOf(own.map(({ action }) => action)),
      changes: own.length,
      added: own.reduce((sum, { lines_added: lines }) => sum + lines, 0),
      removed: own.reduce((sum, { lines_removed: lines }) => sum + lines, 0),
      reasons: [...new Set(own.map(({ reason }) => reason))],
      last_at: own.at(-1)!.created_at
    }))
    .sort((a, b) => b.changes - a.changes || b.last_at.getTime() - a.last_at.getTime())
}

function netOf(actions: string[]): FileStory['net'] {
  const [first] = actions
  const last = actions.at(-1)
  if (last === 'delete') return first === 'create' ? 'created and deleted again' : 'deleted'
  if (first === 'create') return 'created'
  if (actions.every((action) => action === 'test')) return 'tested'
  return actions.includes('rename') ? 'renamed' : 'changed'
}

/** `src/a.ts (changed, 3 times, +10 -2): why; why`. */
export function fileLine({ path, net, changes, added, removed, reasons }: FileStory): string {
  const facts = [
    net,
    ...(changes > 1 ? [`${changes} times`] : []),
    ...(added + removed > 0 ? [`+${added} -${removed}`] : [])
  ]
  return `${path} (${facts.join(', ')}): ${reasons.map((reason) => inLine(reason, 200)).join('; ')}`
}

export function decisionLine({ decision, rationale, confidence }: CodingDecision): string {
  return `${sentence(decision, 250)} Why: ${sentence(rationale, 250)}${confidence < 0.5 ? ' (not sure)' : ''}`
}

export function errorLine(error: ReportedError): string {
  const place = placeOf(error)
  return `${error.error_type}: ${inLine(error.message, 200)}${place ? ` (${place})` : ''}${error.solution === null ? '' : `. Solved: ${inLine(error.solution, 250)}`}`
}

export function issueName({
  repository,
  issue_number: number
}: Pick<IssueLink, 'repository' | 'issue_number'>): string {
  return `${repository}#${number}`
}

export function issueLine(link: IssueLink): string {
  return `${issueName(link)}${link.title ? ` ${inLine(link.title, 150)}` : ''}${link.state ? ` (${link.state})` : ''}`
}

const testPath =
  /(^|[/\\])(tests?|__tests__|specs?|e2e)[/\\]|[._-](test|spec)s?\.\w+$|(^|[/\\])test_\w+\.py$|_test\.(go|py|rb)$|Tests?\.(java|kt|cs|swift)$/

/** Whether a file is one of tests, by its name. */
export function isTest(path: string): boolean {
  return testPath.test(path)
}

/** The same errors once, as the newest says. */
export function errorKinds(errors: readonly ReportedError[]): ReportedError[] {
  const kinds = new Map<string, ReportedError>()
  for (const error of errors) {
    const known = kinds.get(error.fingerprint)
    if (!known || (known.solution === null && error.solution !== null)) {
      kinds.set(error.fingerprint, error)
    }
  }
  return [...kinds.values()]
}

/** Where an error was seen, `file:line`. */
export function placeOf({
  file_path: path,
  line_number: line
}: {
  file_path: string | null
  line_number: number | null
}): string {
  return path === null ? '' : line === null ? path : `${path}:${line}`
}
