import { type Insertable, type Selectable, sql } from 'kysely'
import { hasMemories, isRecordOf, type RecordSelection } from './conditions.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingErrorsTable } from '../schema/index.ts'

export type CodingError = Selectable<CodingErrorsTable>
/** An error as reports need it: without its stack; long texts are cut. */
export type ReportedError = Omit<CodingError, 'stack_trace' | 'screenshot' | 'source'>
export type NewCodingError = Required<Omit<Insertable<CodingErrorsTable>, 'user_id'>>

/** Errors that one solution can solve. */
const MAX_OPEN_ERRORS = 100

const reportedColumns = [
  'user_id',
  'project_id',
  'session_id',
  'error_id',
  'error_type',
  'file_path',
  'line_number',
  'tags',
  'fingerprint',
  'resolved_at',
  'memory_id',
  'created_at'
] as const
const cutTexts = [
  sql<string>`left(message, 1000)`.as('message'),
  sql<string | null>`left(solution, 3000)`.as('solution')
]

/** Inserts an error; its memory comes first. */
export async function insertCodingError(
  trx: Trx,
  userId: string,
  error: NewCodingError
): Promise<void> {
  await trx
    .insertInto('coding_errors')
    .values({ user_id: userId, ...error })
    .execute()
}

/**
 * Locks and returns errors of a project until the transaction ends, newest first: the error with
 * this id, solved or not, because a new solution replaces its solution; or the unsolved ones with
 * this fingerprint. Nobody else can solve them meanwhile.
 */
export function lockErrorsToSolve(
  trx: Trx,
  userId: string,
  projectId: string,
  reference: { error_id: string } | { fingerprint: string }
): Promise<CodingError[]> {
  return trx
    .selectFrom('coding_errors')
    .selectAll()
    .where(isRecordOf('coding_errors', { userId, projectId }))
    .where(({ and, eb }) =>
      'error_id' in reference
        ? eb('error_id', '=', reference.error_id)
        : and([eb('fingerprint', '=', reference.fingerprint), eb('solution', 'is', null)])
    )
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(MAX_OPEN_ERRORS)
    .forUpdate()
    .execute()
}

/** Gives the errors their solution. */
export async function solveCodingErrors(
  trx: Trx,
  userId: string,
  projectId: string,
  errorIds: string[],
  solution: string
): Promise<void> {
  await trx
    .updateTable('coding_errors')
    .set({ solution, resolved_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('error_id', 'in', errorIds)
    .execute()
}

/** Lists the errors of a project, or of one of its sessions, newest first. */
export function listCodingErrors(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: RecordSelection
): Promise<ReportedError[]> {
  return db
    .selectFrom('coding_errors')
    .select(reportedColumns)
    .select(cutTexts)
    .where(isRecordOf('coding_errors', { userId, projectId, sessionId }))
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(limit)
    .execute()
}

/** Lists the errors of a project without a solution, newest first. */
export function listOpenErrors(
  db: Db,
  userId: string,
  projectId: string,
  limit: number
): Promise<ReportedError[]> {
  return db
    .selectFrom('coding_errors')
    .select(reportedColumns)
    .select(cutTexts)
    .where(isRecordOf('coding_errors', { userId, projectId }))
    .where('solution', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(limit)
    .execute()
}

/**
 * Lists the errors with these fingerprints in all projects of the user, newest first (index
 * coding_errors_fingerprint).
 */
export function listSimilarErrors(
  db: Db,
  userId: string,
  fingerprints: string[],
  limit: number
): Promise<ReportedError[]> {
  return db
    .selectFrom('coding_errors')
    .select(reportedColumns)
    .select(cutTexts)
    .where('user_id', '=', userId)
    .where(isOneOf('fingerprint', fingerprints))
    .where(hasMemories('coding_errors'))
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(limit)
    .execute()
}

/** Lists the fingerprints of the errors in these memories (index coding_errors_memory). */
export function listErrorFingerprints(
  db: Db,
  userId: string,
  memoryIds: string[]
): Promise<Array<{ memory_id: string; fingerprint: string }>> {
  return db
    .selectFrom('coding_errors')
    .select(['memory_id', 'fingerprint'])
    .where('user_id', '=', userId)
    .where(isOneOf('memory_id', memoryIds))
    .execute()
}
