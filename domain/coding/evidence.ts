import { type CodingDecision, listDecisions } from '../../db/coding/decisions.ts'
import { listCodingErrors, type ReportedError } from '../../db/coding/errors.ts'
import { listFileChanges, type ReportedFileChange } from '../../db/coding/file-changes.ts'
import { type CodingInteraction, listCodingInteractions } from '../../db/coding/interactions.ts'
import { type IssueLink, listIssueLinks } from '../../db/coding/issue-links.ts'
import type { Db } from '../../db/connection/connect.ts'

/** The records of a project or session, newest first. */
export interface RecordEvidence {
  changes: ReportedFileChange[]
  errors: ReportedError[]
  decisions: CodingDecision[]
  interactions: CodingInteraction[]
  issues: IssueLink[]
}

/** The latest records of a project, or of one of its sessions: at most `limit` of each kind. */
export async function listEvidence(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
): Promise<RecordEvidence> {
  const recordFilter = { sessionId, limit }
  const [changes, errors, decisions, interactions, issues] = await Promise.all([
    listFileChanges(db, userId, projectId, recordFilter),
    listCodingErrors(db, userId, projectId, recordFilter),
    listDecisions(db, userId, projectId, recordFilter),
    listCodingInteractions(db, userId, projectId, recordFilter),
    listIssueLinks(db, userId, projectId, recordFilter)
  ])
  return { changes, errors, decisions, interactions, issues }
}

/** All changes of one file, added up. */
export interface FileStory {
  path: string
  /** The net effect of all changes. */
  net: 'created' | 'changed' | 'deleted' | 'renamed' | 'tested' | 'created and deleted again'
  changes: number
  added: number
  removed: number
  /** Each reason once, the oldest first. */
  reasons: string[]
  last_at: Date
}

/** The touched files: the most changed first, then the last changed. Expects newest first. */
export function fileStories(changes: readonly ReportedFileChange[]): FileStory[] {
  const oldestFirst = new Map<string, ReportedFileChange[]>()
  for (const change of changes) {
    const laterChanges = oldestFirst.get(change.file_path) ?? []
    oldestFirst.set(change.file_path, [change, ...laterChanges])
  }
  return [...oldestFirst]
    .map(([path, fileChanges]) => ({
      path,
      net: netEffect(fileChanges.map(({ action }) => action)),
      changes: fileChanges.length,
      added: fileChanges.reduce((sum, change) => sum + change.lines_added, 0),
      removed: fileChanges.reduce((sum, change) => sum + change.lines_removed, 0),
      reasons: [...new Set(fileChanges.map(({ reason }) => reason))],
      last_at: fileChanges.at(-1)!.created_at
    }))
    .sort((a, b) => b.changes - a.changes || b.last_at.getTime() - a.last_at.getTime())
}

function netEffect(actions: string[]): FileStory['net'] {
  const wasCreated = actions[0] === 'create'
  if (actions.at(-1) === 'delete') return wasCreated ? 'created and deleted again' : 'deleted'
  if (wasCreated) return 'created'
  if (actions.every((action) => action === 'test')) return 'tested'
  return actions.includes('rename') ? 'renamed' : 'changed'
}

/**
 * Each distinct error once, told apart by its fingerprint: its newest occurrence, or the newest
 * solved one. Expects the newest first.
 */
export function distinctErrors(errors: readonly ReportedError[]): ReportedError[] {
  const byFingerprint = new Map<string, ReportedError>()
  for (const error of errors) {
    const chosenError = byFingerprint.get(error.fingerprint)
    if (!chosenError || (isOpen(chosenError) && !isOpen(error))) {
      byFingerprint.set(error.fingerprint, error)
    }
  }
  return [...byFingerprint.values()]
}

/** Whether an error has no solution yet. */
export function isOpen({ solution }: Pick<ReportedError, 'solution'>): boolean {
  return solution === null
}
