import { listDiffs } from '../../db/coding/file-changes.ts'
import { listCodingSessions } from '../../db/coding/sessions.ts'
import type { CallContext } from '../context.ts'
import { listEvidence } from './evidence.ts'
import { fileFindings, testFindings } from './file-patterns.ts'
import type { PatternFinding } from './findings.ts'
import { decisionFindings, errorFindings, sessionFindings } from './work-patterns.ts'
import { unknownProjectError } from './unknown-project.ts'

/** Changes below which a pattern of files would be chance. */
export const MIN_CHANGES = 10
/** Records of each kind, sessions and diffs that are read. */
const MAX_RECORDS = 1000
const MAX_SESSIONS = 200
const MAX_DIFFS = 200

/** How a project is worked on. */
export interface ProjectPatterns {
  project_id: string
  /** Whether there are enough changes for findings about files. */
  sufficient: boolean
  changes: number
  findings: PatternFinding[]
}

/**
 * Counts how a project is worked on: files, tests, errors, decisions, sessions. Throws ToolError
 * for a project without sessions.
 */
export async function analyzePatterns(
  context: CallContext,
  { project_id: projectId }: { project_id: string }
): Promise<ProjectPatterns> {
  const { db, principal } = context
  const userId = principal.user_id
  const sessions = await listCodingSessions(db, userId, projectId, MAX_SESSIONS)
  if (sessions.length === 0) throw await unknownProjectError(context, projectId)
  const evidence = await listEvidence(db, userId, projectId, { limit: MAX_RECORDS })
  const isSufficient = evidence.changes.length >= MIN_CHANGES
  const findings: PatternFinding[] = []
  if (isSufficient) {
    const diffs = await listDiffs(db, userId, projectId, MAX_DIFFS)
    findings.push(...fileFindings(evidence.changes, diffs), ...testFindings(evidence.changes))
  }
  findings.push(
    ...errorFindings(evidence.errors),
    ...decisionFindings(evidence.decisions),
    ...sessionFindings(sessions, evidence)
  )
  return {
    project_id: projectId,
    sufficient: isSufficient,
    changes: evidence.changes.length,
    findings
  }
}
