import { type Insertable, type Selectable, sql } from 'kysely'
import { isOneOf } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodeFilesTable } from '../schema/index.ts'

export type CodeFile = Selectable<CodeFilesTable>
export type NewCodeFile = Omit<Insertable<CodeFilesTable>, 'user_id' | 'project_no'>

/** Rows of one insert. */
const BATCH_SIZE = 200

/** Lists the language and the version of the indexed files among these paths. */
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
    .where(isOneOf('path', paths))
    .execute()
}

/** Lists paths of the project: first those with this ending, then the others, in order. */
export async function listCodePaths(
  db: Db,
  userId: string,
  projectNo: number,
  { ending, limit }: { ending: string; limit: number }
): Promise<string[]> {
  const files = await db
    .selectFrom('code_files')
    .select('path')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .orderBy(sql`right(path, length(${ending}::text)) = ${ending}::text`, 'desc')
    .orderBy('path')
    .limit(limit)
    .execute()
  return files.map(({ path }) => path)
}

/** Counts the files of a project by language, most files first. */
export function countFileLanguages(db: Db, userId: string, projectNo: number, limit: number) {
  return db
    .selectFrom('code_files')
    .select(['language', ({ fn }) => fn.countAll<number>().as('files')])
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .groupBy('language')
    .orderBy('files', 'desc')
    .orderBy('language')
    .limit(limit)
    .execute()
}

/** Lists files of a project in the order of their paths, after the path `after`. */
export function listIndexedFiles(
  db: Db,
  userId: string,
  projectNo: number,
  { after, limit }: { after?: string | undefined; limit: number }
) {
  return db
    .selectFrom('code_files')
    .select(['path', 'language', 'lines', 'bytes'])
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .$if(after !== undefined, (query) => query.where('path', '>', after!))
    .orderBy('path')
    .limit(limit)
    .execute()
}

/** Returns one file with its symbols, or undefined. */
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

/** Lists what the files of a project import and provide, in the order of their paths. */
export function listCodeImports(db: Db, userId: string, projectNo: number) {
  return db
    .selectFrom('code_files')
    .select(['path', 'language', 'imports', 'provides'])
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .orderBy('path')
    .execute()
}

/** Inserts the files and returns the number of each by its path. */
export async function insertCodeFiles(
  trx: Trx,
  userId: string,
  projectNo: number,
  files: readonly NewCodeFile[]
): Promise<Map<string, number>> {
  const numbersByPath = new Map<string, number>()
  for (let start = 0; start < files.length; start += BATCH_SIZE) {
    const newRows = files
      .slice(start, start + BATCH_SIZE)
      .map((file) => ({ ...file, user_id: userId, project_no: projectNo }))
    const insertedFiles = await trx
      .insertInto('code_files')
      .values(newRows)
      .returning(['path', 'file_no'])
      .execute()
    for (const file of insertedFiles) numbersByPath.set(file.path, file.file_no)
  }
  return numbersByPath
}

/** Deletes these files with their pieces and postings, and returns their number. */
export async function deleteCodeFiles(
  trx: Trx,
  userId: string,
  projectNo: number,
  paths: readonly string[]
): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom('code_files')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where(isOneOf('path', paths))
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Deletes all files but these, and returns the number of deleted ones. */
export async function deleteCodeFilesExcept(
  trx: Trx,
  userId: string,
  projectNo: number,
  paths: readonly string[]
): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom('code_files')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where('path', '<>', sql<string>`all(${[...paths]}::text[])`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
