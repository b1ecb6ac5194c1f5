import { posix } from 'node:path'
import { listCodePaths } from '../../db/code/files.ts'
import { type CodeProject, findCodeProject, listCodeProjects } from '../../db/code/projects.ts'
import type { Db } from '../../db/connection/connect.ts'
import { ToolError } from '../../lib/tool-error.ts'

/** Paths or projects that an error suggests. */
const MAX_SUGGESTIONS = 5

/**
 * Normalizes a path relative to the project's folder: `./a\b.ts` becomes `a/b.ts`. Throws ToolError
 * for a path that leaves the project.
 */
export function projectPath(writtenPath: string): string {
  const normalizedPath = posix
    .normalize(writtenPath.replaceAll('\\', '/'))
    .replace(/^\/+|(?<!\/)\/+$/g, '')
  if (
    normalizedPath === '' ||
    normalizedPath === '.' ||
    normalizedPath === '..' ||
    normalizedPath.startsWith('../')
  ) {
    throw new ToolError(
      `"${writtenPath}" is not a path of a file in the project. ` +
        "Give paths relative to the project's folder, such as src/main.ts."
    )
  }
  return normalizedPath
}

/** Finds the indexed project. Throws ToolError if nothing of it is indexed. */
export async function requireIndexedProject(
  db: Db,
  userId: string,
  projectId: string
): Promise<CodeProject> {
  const indexedProject = await findCodeProject(db, userId, projectId)
  if (indexedProject) return indexedProject
  const suggestedProjects = await listCodeProjects(db, userId, MAX_SUGGESTIONS)
  const suggestion =
    suggestedProjects.length > 0 ? `, or name one of these: ${suggestedProjects.join(', ')}` : ''
  throw new ToolError(
    `No source code of project "${projectId}" is indexed. ` +
      `Send its files with coding_index_source_code${suggestion}.`
  )
}

/** The error for a file that is not indexed. It suggests indexed files of the same name. */
export async function notIndexedError(
  db: Db,
  userId: string,
  project: CodeProject,
  path: string
): Promise<ToolError> {
  const baseName = posix.basename(path)
  const indexedPaths = await listCodePaths(db, userId, project.project_no, {
    ending: baseName,
    limit: MAX_SUGGESTIONS
  })
  const sameNamePaths = indexedPaths.filter((indexedPath) => indexedPath.endsWith(baseName))
  const suggestedPaths = sameNamePaths.length > 0 ? sameNamePaths : indexedPaths
  return new ToolError(
    `"${path}" is not indexed in project "${project.project_id}". Send it with ` +
      `coding_index_source_code, or name an indexed file, such as ${suggestedPaths.join(', ')}.`
  )
}
