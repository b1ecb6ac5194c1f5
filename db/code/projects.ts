import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodeProjectsTable } from '../schema/index.ts'

export type CodeProject = Selectable<CodeProjectsTable>

/** The files of one project, or of all projects of a user, and their bytes. */
export interface CodeUsage {
  files: number
  bytes: number
}

/** Returns the indexed project with this name, or undefined. */
export function findCodeProject(
  db: Db,
  userId: string,
  projectId: string
): Promise<CodeProject | undefined> {
  return db
    .selectFrom('code_projects')
    .selectAll()
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .executeTakeFirst()
}

/** Lists the names of the user's projects, last indexed first. */
export async function listCodeProjects(db: Db, userId: string, limit: number): Promise<string[]> {
  const projects = await db
    .selectFrom('code_projects')
    .select('project_id')
    .where('user_id', '=', userId)
    .orderBy('indexed_at', 'desc')
    .limit(limit)
    .execute()
  return projects.map((project) => project.project_id)
}

/** Lists what is indexed of the user's projects, last indexed first. */
export function listIndexedProjects(db: Db, userId: string, limit: number): Promise<CodeProject[]> {
  return db
    .selectFrom('code_projects')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('indexed_at', 'desc')
    .orderBy('project_no')
    .limit(limit)
    .execute()
}

/** Deletes what is indexed of a project; false if there is nothing. */
export async function deleteCodeProject(
  trx: Trx,
  userId: string,
  projectId: string
): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('code_projects')
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/**
 * Returns the number of the project, which it inserts if need be, and locks it until the
 * transaction ends. So the writers of a project take turns.
 */
export async function lockCodeProject(
  trx: Trx,
  userId: string,
  projectId: string
): Promise<number> {
  const codeProject = await trx
    .insertInto('code_projects')
    .values({ user_id: userId, project_id: projectId })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'project_id']).doUpdateSet({ indexed_at: sql<Date>`now()` })
    )
    .returning('project_no')
    .executeTakeFirstOrThrow()
  return codeProject.project_no
}

/**
 * Sums up the project's files again and returns their number and bytes. It deletes a project
 * without files. The caller first locks the project.
 */
export async function recountCodeProject(
  trx: Trx,
  userId: string,
  projectNo: number
): Promise<CodeUsage> {
  const { files, bytes, imports } = await trx
    .selectFrom('code_files')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .select(({ fn }) => [
      fn.countAll<number>().as('files'),
      sql<number>`coalesce(sum(bytes), 0)`.as('bytes'),
      sql<number>`coalesce(sum(jsonb_array_length(imports)), 0)`.as('imports')
    ])
    .executeTakeFirstOrThrow()
  if (files === 0) {
    await trx
      .deleteFrom('code_projects')
      .where('user_id', '=', userId)
      .where('project_no', '=', projectNo)
      .execute()
  } else {
    await trx
      .updateTable('code_projects')
      .set({ files, bytes, imports })
      .where('user_id', '=', userId)
      .where('project_no', '=', projectNo)
      .execute()
  }
  return { files, bytes }
}

/** Returns the files and bytes of all projects of the user. */
export function findCodeUsage(db: Db, userId: string): Promise<CodeUsage> {
  return db
    .selectFrom('code_projects')
    .where('user_id', '=', userId)
    .select([
      sql<number>`coalesce(sum(files), 0)`.as('files'),
      sql<number>`coalesce(sum(bytes), 0)::bigint`.as('bytes')
    ])
    .executeTakeFirstOrThrow()
}

/** Deletes the user's projects with all that is indexed, and returns their number. */
export async function deleteCodeProjects(trx: Trx, userId: string): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom('code_projects')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
