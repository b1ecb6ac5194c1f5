import { insertAuditLog } from '../../db/audit/audit-logs.ts'
import { countFileLanguages, listIndexedFiles } from '../../db/code/files.ts'
import {
  type CodeProject,
  deleteCodeProject,
  findCodeProject,
  listIndexedProjects
} from '../../db/code/projects.ts'
import { type CodingDecision, listDecisions } from '../../db/coding/decisions.ts'
import { listCodingErrors, type ReportedError } from '../../db/coding/errors.ts'
import { listFileChanges, type ReportedFileChange } from '../../db/coding/file-changes.ts'
import { type IssueLink, listIssueLinks } from '../../db/coding/issue-links.ts'
import {
  deleteCodingSession,
  listSessionMemories,
  listSessionProjects
} from '../../db/coding/projects.ts'
import { countCodingRecords, type RecordCounts } from '../../db/coding/records.ts'
import {
  type CodingSession,
  findCodingSession,
  listCodingSessions
} from '../../db/coding/sessions.ts'
import type { CallContext, DataContext } from '../context.ts'
import { removeMemory, withCallWriter } from '../memory/write.ts'

/** Sessions, and records of each kind, that a page shows. */
const MAX_SESSIONS = 50
const MAX_RECORDS = 30
const MAX_INDEXED = 100
const MAX_LANGUAGES = 12
/** Memories that one transaction deletes. */
const MEMORY_BATCH = 200

export interface ProjectSummary {
  project_id: string
  sessions: number
  last_started_at?: Date
  is_active: boolean
  index?: CodeProject | undefined
}

/**
 * A page of a person's projects: those with sessions, last used first, then (on the first page)
 * those that are only indexed.
 */
export async function listProjects(
  { db, principal: { user_id: userId } }: DataContext,
  { limit, offset }: { limit: number; offset: number }
): Promise<{ projects: ProjectSummary[]; hasMore: boolean }> {
  const [sessionProjects, indexedProjects] = await Promise.all([
    listSessionProjects(db, userId, { limit: limit + 1, offset }),
    listIndexedProjects(db, userId, MAX_INDEXED)
  ])
  const indexes = new Map(indexedProjects.map((index) => [index.project_id, index]))
  const projects = sessionProjects
    .slice(0, limit)
    .map((project) => ({ ...project, index: indexes.get(project.project_id) }))
  const listedNames = new Set(projects.map((project) => project.project_id))
  const indexOnly: ProjectSummary[] = []
  for (const index of offset === 0 ? indexedProjects : []) {
    const { project_id: projectId } = index
    if (listedNames.has(projectId)) continue
    if ((await listCodingSessions(db, userId, projectId, 1)).length > 0) continue
    indexOnly.push({ project_id: projectId, sessions: 0, is_active: false, index })
  }
  return { projects: [...projects, ...indexOnly], hasMore: sessionProjects.length > limit }
}

export interface SessionRecords {
  decisions: CodingDecision[]
  errors: ReportedError[]
  fileChanges: ReportedFileChange[]
  issues: IssueLink[]
}

export interface ProjectView extends SessionRecords {
  project_id: string
  sessions: CodingSession[]
  counts: RecordCounts
  index?: CodeProject | undefined
  languages: Awaited<ReturnType<typeof countFileLanguages>>
}

/** What is known of a project; undefined if nothing is. */
export async function readProject(
  { db, principal: { user_id: userId } }: DataContext,
  projectId: string
): Promise<ProjectView | undefined> {
  const [sessions, index] = await Promise.all([
    listCodingSessions(db, userId, projectId, MAX_SESSIONS),
    findCodeProject(db, userId, projectId)
  ])
  if (sessions.length === 0 && !index) return undefined
  const [counts, records, languages] = await Promise.all([
    countCodingRecords(db, userId, projectId),
    readRecords(db, userId, projectId),
    index ? countFileLanguages(db, userId, index.project_no, MAX_LANGUAGES) : []
  ])
  return { project_id: projectId, sessions, counts, index, languages, ...records }
}

/** A session with its records; undefined if there is none. */
export async function readSession(
  { db, principal: { user_id: userId } }: DataContext,
  projectId: string,
  sessionId: string
): Promise<(SessionRecords & { session: CodingSession; counts: RecordCounts }) | undefined> {
  const session = await findCodingSession(db, userId, projectId, sessionId)
  if (!session) return undefined
  const [counts, records] = await Promise.all([
    countCodingRecords(db, userId, projectId, sessionId),
    readRecords(db, userId, projectId, sessionId)
  ])
  return { session, counts, ...records }
}

async function readRecords(
  db: DataContext['db'],
  userId: string,
  projectId: string,
  sessionId?: string
): Promise<SessionRecords> {
  const selection = { sessionId, limit: MAX_RECORDS }
  const [decisions, errors, fileChanges, issues] = await Promise.all([
    listDecisions(db, userId, projectId, selection),
    listCodingErrors(db, userId, projectId, selection),
    listFileChanges(db, userId, projectId, selection),
    listIssueLinks(db, userId, projectId, selection)
  ])
  return { decisions, errors, fileChanges, issues }
}

/** A page of the indexed files of a project; undefined if nothing is indexed. */
export async function listProjectFiles(
  { db, principal: { user_id: userId } }: DataContext,
  projectId: string,
  page: { after?: string | undefined; limit: number }
): Promise<
  { index: CodeProject; files: Awaited<ReturnType<typeof listIndexedFiles>> } | undefined
> {
  const index = await findCodeProject(db, userId, projectId)
  if (!index) return undefined
  return { index, files: await listIndexedFiles(db, userId, index.project_no, page) }
}

/**
 * Deletes a session with its records. The memories that it wrote stay restorable. Returns their
 * number, or undefined if there is no such session.
 */
export async function deleteSession(
  context: CallContext,
  projectId: string,
  sessionId: string
): Promise<number | undefined> {
  const { db, principal } = context
  const userId = principal.user_id
  if (!(await findCodingSession(db, userId, projectId, sessionId))) return undefined
  let deletedMemories = 0
  for (;;) {
    const memoryIds = await listSessionMemories(db, userId, projectId, sessionId, MEMORY_BATCH)
    if (memoryIds.length === 0) break
    await withCallWriter(context, async (trx, writer) => {
      for (const memoryId of memoryIds) await removeMemory(trx, writer, { memory_id: memoryId })
    })
    deletedMemories += memoryIds.length
  }
  await db.transaction().execute(async (trx) => {
    await deleteCodingSession(trx, userId, projectId, sessionId)
    await insertAuditLog(trx, {
      action: 'coding.session.deleted',
      user_id: userId,
      details: { session_id: sessionId, memories: deletedMemories, by: principal.source.name }
    })
  })
  return deletedMemories
}

/** Deletes all sessions of a project, and what is indexed of it. Returns the deleted counts. */
export async function deleteProject(
  context: CallContext,
  projectId: string
): Promise<{ sessions: number; memories: number; index: boolean }> {
  const { db, principal } = context
  const deleted = { sessions: 0, memories: 0 }
  for (;;) {
    const sessions = await listCodingSessions(db, principal.user_id, projectId, MAX_SESSIONS)
    if (sessions.length === 0) break
    for (const { session_id: sessionId } of sessions) {
      deleted.memories += (await deleteSession(context, projectId, sessionId)) ?? 0
      deleted.sessions += 1
    }
  }
  return { ...deleted, index: await deleteIndex(context, projectId) }
}

/** Deletes what is indexed of a project; false if there is nothing. */
export function deleteIndex(
  { db, principal: { user_id: userId } }: DataContext,
  projectId: string
): Promise<boolean> {
  return db.transaction().execute((trx) => deleteCodeProject(trx, userId, projectId))
}
