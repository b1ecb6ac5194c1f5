import { type Selectable, sql, type Updateable } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { ImportJobsTable, ImportState, ImportSummary } from '../schema/index.ts'

export type ImportJob = Selectable<ImportJobsTable> & { interrupted: boolean }

const activeStates: ImportState[] = ['checking', 'ready', 'confirmed', 'running', 'undoing']
/** A process touches its jobs every few seconds. */
const ALIVE_SECONDS = 60
const KEPT_DAYS = 90

const isAlive = sql<boolean>`touched_at > now() - make_interval(secs => ${sql.lit(ALIVE_SECONDS)})`
const isActive = sql<boolean>`state in (${sql.join(activeStates.map((state) => sql.lit(state)))})`

/**
 * Inserts a job that begins with `checking`. Returns false if the person has an active one. A job
 * whose process is gone counts as failed from then on.
 */
export async function insertImportJob(
  db: Db,
  job: Pick<ImportJobsTable, 'user_id' | 'import_id' | 'file_name' | 'agent_name'>
): Promise<boolean> {
  await db
    .updateTable('import_jobs')
    .set({ state: 'failed', problem: 'interrupted' })
    .where('user_id', '=', job.user_id)
    .where(isActive)
    .where(({ not }) => not(isAlive))
    .execute()
  const inserted = await db
    .insertInto('import_jobs')
    .values({ ...job, state: 'checking', from_format: null, problem: null, summary: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('import_id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Lists the imports of a person, newest first. */
export function listImportJobs(db: Db, userId: string, limit: number): Promise<ImportJob[]> {
  return db
    .selectFrom('import_jobs')
    .selectAll()
    .select(sql<boolean>`${isActive} and not ${isAlive}`.as('interrupted'))
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('import_id')
    .limit(limit)
    .execute()
}

/** What a process writes about its job. */
export type ImportProgress = Pick<
  Updateable<ImportJobsTable>,
  'done' | 'total' | 'from_format' | 'problem'
> & { state?: ImportState; summary?: ImportSummary }

/**
 * Writes the progress of a job, and shows that its process is alive. It changes nothing unless the
 * job is in one of the states. Returns the state, undefined if it is another or the job is gone.
 */
export async function touchImportJob(
  db: Db,
  { user_id: userId, import_id: importId }: Pick<ImportJobsTable, 'user_id' | 'import_id'>,
  states: ImportState[],
  { summary, ...progress }: ImportProgress
): Promise<ImportState | undefined> {
  const touched = await db
    .updateTable('import_jobs')
    .set({
      ...progress,
      touched_at: sql`now()`,
      ...(summary && { summary: JSON.stringify(summary) })
    })
    .where('user_id', '=', userId)
    .where('import_id', '=', importId)
    .where('state', 'in', states)
    .returning('state')
    .executeTakeFirst()
  return touched?.state
}

/**
 * Moves a job from one of the states to another, as its owner asks. Returns false if the job is in
 * none of them. Undoing needs that no other job of the person is active.
 */
export async function moveImportJob(
  db: Db,
  userId: string,
  importId: string,
  states: ImportState[],
  state: ImportState
): Promise<boolean> {
  try {
    const moved = await db
      .updateTable('import_jobs')
      .set({ state })
      .where('user_id', '=', userId)
      .where('import_id', '=', importId)
      .where('state', 'in', states)
      .executeTakeFirstOrThrow()
    return moved.numUpdatedRows === 1n
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return false // index import_jobs_active
    throw error
  }
}

/** Deletes a job that has written nothing. Returns false if it may have. */
export async function deleteImportJob(db: Db, userId: string, importId: string): Promise<boolean> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('import_jobs')
    .where('user_id', '=', userId)
    .where('import_id', '=', importId)
    .where('state', 'in', ['checking', 'ready'])
    .executeTakeFirstOrThrow()
  return deleted === 1n
}

/** Deletes all jobs of a person. What they imported can no longer be taken back by import. */
export async function deleteImportJobs(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('import_jobs').where('user_id', '=', userId).execute()
}

/** Deletes jobs that nobody will undo any more. */
export async function deleteOldImportJobs(db: Db): Promise<void> {
  await db
    .deleteFrom('import_jobs')
    .where(sql<boolean>`created_at < now() - make_interval(days => ${sql.lit(KEPT_DAYS)})`)
    .execute()
}
