import { listCodeImports } from '../../../db/code-files.ts'
import type { CodeProject } from '../../../db/code-projects.ts'
import { type ToolContext, ToolError } from '../../tool.ts'
import { indexedProject, notIndexed } from './fields.ts'
import type { Graph } from './graph.ts'
import { type Links, linksOf, MOST_IMPORTS, TooManyLinks } from './resolving/index.ts'

export interface ProjectGraph {
  project: CodeProject
  graph: Graph
  links: ReadonlyMap<string, Links>
  /** Throws ToolError for a file that is not indexed. */
  demand: (path: string) => Promise<void>
}

/** Which of a project's indexed files imports which, as they are now. Throws ToolError when nothing is indexed, or too much. */
export async function projectGraph ({ db, principal: { user_id: userId }, signal }: ToolContext, projectId: string): Promise<ProjectGraph> {
  const project = await indexedProject(db, userId, projectId)
  const tooLarge = new ToolError(`Project "${projectId}" has more imports than can be followed at once. Index a part of it as a project of its own.`)
  if (project.imports > MOST_IMPORTS) throw tooLarge
  try {
    const links = await linksOf(await listCodeImports(db, userId, project.project_no), signal)
    const graph = new Map([...links].map(([path, { files }]) => [path, files]))
    return { project, graph, links, demand: async (path) => { if (!graph.has(path)) throw await notIndexed(db, userId, project, path) } }
  } catch (error) {
    throw error instanceof TooManyLinks ? tooLarge : error
  }
}
