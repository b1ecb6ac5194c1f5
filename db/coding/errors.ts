import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingErrorsTable } from '../schema/index.ts'

export type CodingError = Selectable<CodingErrorsTable>
/** An error as reports tell it: without its stack, long texts cut. */
export type ReportedError = Omit<CodingError, 'stack_trace' | 'screenshot' | 'source'>
export type NewCodingError = Required<Omit<Insertable<CodingErrorsTable>, 'user_id'>>

const told = [
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
const texts = [
  sql<string>`left(message, 1000)`.as('message'),
  sql<string | null>`left(solution, 3000)`.as('solution')
]
/** While its memory is deleted, an error is not shown. */
const shown = sql<boolean>`exists (select from memories m where m.user_id = coding_errors.user_id and m.memory_id = coding_errors.memory_id)`

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
 * The errors of a project that have no solution yet: the one of that id, or those of that
 * fingerprint, newest first. Nobody else solves them until the transaction ends.
 */
export function lockOpenErrors(
  trx: Trx,
  userId: string,
  projectId: string,
  which: { error_id: string } | { fingerprint: string }
): Promise<CodingError[]> {
  return trx
    .selectFrom('coding_errors')
    .selectAll()
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where(shown)
    .$if('error_id' in which, (query) =>
      query.where('error_id', '=', (which as { error_id: string }).error_id)
    )
    .$if('fingerprint' in which, (query) =>
      query
        .where('fingerprint', '=', (which as { fingerprint: string }).fingerprint)
        .where('solution', 'is', null)
    )
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(100)
    .forUpdate()
    .execute()
}

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

/** Of a project, or of one session of it, newest first. */
export function listCodingErrors(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
): Promise<ReportedError[]> {
  return db
    .selectFrom('coding_errors')
    .select(told)
    .select(texts)
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(limit)
    .execute()
}

/** In all projects of the user, newest first (index coding_errors_fingerprint). */
export function listSimilarErrors(
  db: Db,
  userId: string,
  fingerprints: string[],
  limit: number
): Promise<ReportedError[]> {
  return db
    .selectFrom('coding_errors')
    .select(told)
    .select(texts)
    .where('user_id', '=', userId)
    .where(sql<boolean>`fingerprint = any(${fingerprints}::text[])`)
    .where(shown)
    .orderBy('created_at', 'desc')
    .orderBy('error_id')
    .limit(limit)
    .execute()
}

/** The fingerprints of the errors that these memories hold (index coding_errors_memory). */
export function listErrorFingerprints(
  db: Db,
  userId: string,
  memoryIds: string[]
): Promise<Array<{ memory_id: string; fingerprint: string }>> {
  return db
    .selectFrom('coding_errors')
    .select(['memory_id', 'fingerprint'])
    .where('user_id', '=', userId)
    .where(sql<boolean>`memory_id = any(${memoryIds}::text[])`)
    .execute()
}
