import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodeFilesTable } from '../schema/index.ts'

export type CodeFile = Selectable<CodeFilesTable>
export type NewCodeFile = Omit<Insertable<CodeFilesTable>, 'user_id' | 'project_no'>

/** Rows of one statement. */
const BATCH = 200

/** What is known of these paths, of those that are indexed. */
export async function listCodeFiles(
  db: Db,
  userId: string,
  projectNo: number,
  paths: readonly string[]
) {
  return db
    .selectFrom('code_files')
    .select(['path', 'language', 'content_hash', 'index_version'])
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where('path', '=', sql<string>`any(${[...paths]}::text[])`)
    .execute()
}

/** Paths of the project, those first that end like the given one, then in order. */
export async function listCodePaths(
  db: Db,
  userId: string,
  projectNo: number,
  { ending, limit }: { ending: string; limit: number }
): Promise<string[]> {
  const rows = await db
    .selectFrom('code_files')
    .select('path')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .orderBy(sql`right(path, length(${ending}::text)) = ${ending}::text`, 'desc')
    .orderBy('path')
    .limit(limit)
    .execute()
  return rows.map(({ path }) => path)
}

/** One file with what it defines, or undefined. */
export function findCodeFile(
  db: Db,
  userId: string,
  projectNo: number,
  path: string
): Promise<CodeFile | undefined> {
  return db
    .selectFrom('code_files')
    .selectAll()
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where('path', '=', path)
    .executeTakeFirst()
}

/** What the files of a project import and provide, in the order of their paths. */
export function listCodeImports(db: Db, userId: string, projectNo: number) {
  return db
    .selectFrom('code_files')
    .select(['path', 'language', 'imports', 'provides'])
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .orderBy('path')
    .execute()
}

/** The number of each by its path. */
export async function insertCodeFiles(
  trx: Trx,
  userId: string,
  projectNo: number,
  files: readonly NewCodeFile[]
): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (let at = 0; at < files.length; at += BATCH) {
    const rows = files
      .slice(at, at + BATCH)
      .map((file) => ({ ...file, user_id: userId, project_no: projectNo }))
    for (const { path, file_no: no } of await trx
      .insertInto('code_files')
      .values(rows)
      .returning(['path', 'file_no'])
      .execute()) {
      numbers.set(path, no)
    }
  }
  return numbers
}

/** Deletes these with all that is kept of them, and returns how many there were. */
export async function deleteCodeFiles(
  trx: Trx,
  userId: string,
  projectNo: number,
  paths: readonly string[]
): Promise<number> {
  const { numDeletedRows: count } = await trx
    .deleteFrom('code_files')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where('path', '=', sql<string>`any(${[...paths]}::text[])`)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Deletes all others, and returns how many there were. */
export async function deleteCodeFilesExcept(
  trx: Trx,
  userId: string,
  projectNo: number,
  paths: readonly string[]
): Promise<number> {
  const { numDeletedRows: count } = await trx
    .deleteFrom('code_files')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where('path', '<>', sql<string>`all(${[...paths]}::text[])`)
    .executeTakeFirstOrThrow()
  return Number(count)
}
