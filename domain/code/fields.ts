import { posix } from 'node:path'
import { Type } from 'typebox'
import { listCodePaths } from '../../db/code/files.ts'
import { type CodeProject, findCodeProject, listCodeProjects } from '../../db/code/projects.ts'
import type { Db } from '../../db/connection/connect.ts'
import { ToolError } from '../../lib/tool-error.ts'

export const closed = { additionalProperties: false } as const
export const Project = Type.String({ minLength: 1, maxLength: 255, description: 'The project.' })
export const FilePath = Type.String({ maxLength: 512 })
export const OneFile = Type.String({ maxLength: 512, description: 'Its path.' })
export const readOnly = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
}

/** Names that a refusal proposes. */
const PROPOSED = 5

/**
 * A path from the project's folder, with slashes: `./a\b.ts` is a/b.ts. Throws ToolError for one
 * that leads out of it.
 */
export function pathOf(said: string): string {
  const path = posix.normalize(said.replaceAll('\\', '/')).replace(/^\/+|(?<!\/)\/+$/g, '')
  if (path === '' || path === '.' || path === '..' || path.startsWith('../')) {
    throw new ToolError(
      `"${said}" is no path of a file in the project. Give paths from the project's folder, such as src/main.ts.`
    )
  }
  return path
}

/** The user's indexed project. Throws ToolError when nothing of it is indexed. */
export async function indexedProject(
  db: Db,
  userId: string,
  projectId: string
): Promise<CodeProject> {
  const project = await findCodeProject(db, userId, projectId)
  if (project) return project
  const others = await listCodeProjects(db, userId, PROPOSED)
  throw new ToolError(
    `No source code of project "${projectId}" is indexed. Send its files with coding_index_source_code${others.length > 0 ? `, or name one of these: ${others.join(', ')}` : ''}.`
  )
}

export async function notIndexed(
  db: Db,
  userId: string,
  project: CodeProject,
  path: string
): Promise<ToolError> {
  const name = posix.basename(path)
  const paths = await listCodePaths(db, userId, project.project_no, {
    ending: name,
    limit: PROPOSED
  })
  const alike = paths.filter((one) => one.endsWith(name))
  return new ToolError(
    `"${path}" is not indexed in project "${project.project_id}". Send it with coding_index_source_code, or name a file that is, such as ${(alike.length > 0 ? alike : paths).join(', ')}.`
  )
}
