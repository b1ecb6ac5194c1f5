import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodeProjectsTable } from '../schema/index.ts'

export type CodeProject = Selectable<CodeProjectsTable>

/** What a user's projects hold together, or one of them. */
export interface CodeUsage {
  files: number
  bytes: number
}

/** The indexed project of that name, or undefined. */
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

/** Names of the user's projects, the last indexed first. */
export async function listCodeProjects(db: Db, userId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('code_projects')
    .select('project_id')
    .where('user_id', '=', userId)
    .orderBy('indexed_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ project_id: id }) => id)
}

/**
 * The number of the project, which is there from now on, held until the end of the transaction: its
 * writers come one after the other.
 */
export async function lockCodeProject(
  trx: Trx,
  userId: string,
  projectId: string
): Promise<number> {
  const { project_no: no } = await trx
    .insertInto('code_projects')
    .values({ user_id: userId, project_id: projectId })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'project_id']).doUpdateSet({ indexed_at: sql<Date>`now()` })
    )
    .returning('project_no')
    .executeTakeFirstOrThrow()
  return no
}

/**
 * Adds up the project's files anew, and returns what it has; a project without any is gone. The
 * caller holds it.
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
  const project = { user_id: userId, project_no: projectNo }
  if (files === 0) {
    await trx
      .deleteFrom('code_projects')
      .where('user_id', '=', userId)
      .where('project_no', '=', project.project_no)
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

/** Files and their bytes over all projects of the user. */
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

/** Deletes all that is indexed of the user's, and returns how many projects there were. */
export async function deleteCodeProjects(trx: Trx, userId: string): Promise<number> {
  const { numDeletedRows: count } = await trx
    .deleteFrom('code_projects')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow() // their files go with them
  return Number(count)
}
