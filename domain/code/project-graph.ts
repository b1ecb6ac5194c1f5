import { listCodeImports } from '../../db/code/files.ts'
import type { CodeProject } from '../../db/code/projects.ts'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { indexedProject, notIndexed, pathOf } from './fields.ts'
import type { Graph } from './graph.ts'
import { type Links, linksOf, MAX_IMPORTS, TooManyLinks } from './resolvers/index.ts'

export interface ProjectGraph {
  project: CodeProject
  graph: Graph
  links: ReadonlyMap<string, Links>
  /**
   * The indexed file that is meant, or undefined. An absolute path counts from the folder in it
   * where the project begins. Throws ToolError for what is no path.
   */
  find: (said: string) => string | undefined
  /** The same, and throws ToolError for a file that is not indexed. */
  demand: (said: string) => Promise<string>
}

const absolute = /^(?:[/\\]|[a-z]:)/i

/**
 * Which of a project's indexed files imports which, as they are now. Throws ToolError when nothing
 * is indexed, or too much.
 */
export async function projectGraph(
  { db, principal: { user_id: userId }, signal }: CallContext,
  projectId: string
): Promise<ProjectGraph> {
  const project = await indexedProject(db, userId, projectId)
  const tooLarge = new ToolError(
    `Project "${projectId}" has more imports than can be followed at once. Index a part of it as a project of its own.`
  )
  if (project.imports > MAX_IMPORTS) throw tooLarge
  try {
    const links = await linksOf(await listCodeImports(db, userId, project.project_no), signal)
    const graph = new Map([...links].map(([path, { files }]) => [path, files]))
    const find = (said: string) => candidates(said).find((path) => graph.has(path))
    return {
      project,
      graph,
      links,
      find,
      async demand(said) {
        const path = find(said)
        if (path === undefined) throw await notIndexed(db, userId, project, pathOf(said))
        return path
      }
    }
  } catch (error) {
    throw error instanceof TooManyLinks ? tooLarge : error
  }
}

/**
 * The path, and of an absolute one what is left when its first folders are taken away, the longest
 * first.
 */
function candidates(said: string): string[] {
  const path = pathOf(said)
  if (!absolute.test(said)) return [path]
  const names = path.split('/')
  return names.map((_, i) => names.slice(i).join('/'))
}
