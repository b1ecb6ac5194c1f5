import { listCodeImports } from '../../db/code/files.ts'
import type { CodeProject } from '../../db/code/projects.ts'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { requireIndexedProject, notIndexedError, projectPath } from './fields.ts'
import type { ImportGraph } from './graph.ts'
import { type FileLinks, linksOf, MAX_IMPORTS, TooManyLinksError } from './resolvers/index.ts'

export interface ProjectGraph {
  project: CodeProject
  graph: ImportGraph
  links: ReadonlyMap<string, FileLinks>
  /**
   * Finds an indexed file. An absolute path may begin with folders above the project. Throws
   * ToolError for an invalid path.
   */
  find: (writtenPath: string) => string | undefined
  /** Like `find`, but throws ToolError for a file that is not indexed. */
  demand: (writtenPath: string) => Promise<string>
}

const absolutePath = /^(?:[/\\]|[a-z]:)/i

/**
 * The current import graph of a project's indexed files. Throws ToolError if nothing is indexed or
 * the project has too many imports.
 */
export async function projectGraph(
  { db, principal: { user_id: userId }, signal }: CallContext,
  projectId: string
): Promise<ProjectGraph> {
  const indexedProject = await requireIndexedProject(db, userId, projectId)
  const tooLarge = new ToolError(
    `Project "${projectId}" has more imports than one call can follow. ` +
      'Index a part of it as a project of its own.'
  )
  if (indexedProject.imports > MAX_IMPORTS) throw tooLarge
  try {
    const linksByFile = await linksOf(
      await listCodeImports(db, userId, indexedProject.project_no),
      signal
    )
    const importGraph = new Map([...linksByFile].map(([path, { files }]) => [path, files]))
    const findPath = (writtenPath: string) =>
      candidatePaths(writtenPath).find((path) => importGraph.has(path))
    return {
      project: indexedProject,
      graph: importGraph,
      links: linksByFile,
      find: findPath,
      async demand(writtenPath) {
        const indexedPath = findPath(writtenPath)
        if (indexedPath === undefined) {
          throw await notIndexedError(db, userId, indexedProject, projectPath(writtenPath))
        }
        return indexedPath
      }
    }
  } catch (error) {
    throw error instanceof TooManyLinksError ? tooLarge : error
  }
}

/** The paths that may be meant. For an absolute path these are its endings, the longest first. */
function candidatePaths(writtenPath: string): string[] {
  const wholePath = projectPath(writtenPath)
  if (!absolutePath.test(writtenPath)) return [wholePath]
  const pathSegments = wholePath.split('/')
  return pathSegments.map((_, i) => pathSegments.slice(i).join('/'))
}
