import type { CodeFile } from '../../db/code/files.ts'
import { findCodeFile } from '../../db/code/files.ts'
import type { CallContext } from '../context.ts'
import { cyclesThrough, depthsOf, groupsOf, reverseGraph } from './graph.ts'
import { projectGraph } from './project-graph.ts'

/** Files of each kind, cycles and symbols that an answer has. */
const MAX_FILES = 500
const MAX_CYCLES = 10
const MAX_SYMBOLS = 100

/** What a file defines, imports and is imported by. */
export interface FileDependencies {
  file_path: string
  symbols: CodeFile['symbols']
  /** Files of the project. */
  imports: string[]
  /** Modules from elsewhere, and files that are not indexed. */
  external: string[]
  imported_by: string[]
  /** Imports on the longest way from the file; files of a cycle count as one. */
  depth: number
  /** Each begins and ends with the file. */
  cycles: string[][]
}

/**
 * The dependencies of an indexed file. Throws ToolError when the project or the file is not
 * indexed, or the project has too many imports.
 */
export async function findFileDependencies(
  context: CallContext,
  { project_id: projectId, file_path: requestedPath }: { project_id: string; file_path: string }
): Promise<FileDependencies> {
  const { project, graph, links, demand } = await projectGraph(context, projectId)
  const filePath = await demand(requestedPath)
  const userId = context.principal.user_id
  const codeFile = await findCodeFile(context.db, userId, project.project_no, filePath)
  return {
    file_path: filePath,
    symbols: (codeFile?.symbols ?? []).slice(0, MAX_SYMBOLS),
    imports: [...graph.get(filePath)!].sort().slice(0, MAX_FILES),
    external: links.get(filePath)!.elsewhere.slice(0, MAX_FILES),
    imported_by: [...reverseGraph(graph).get(filePath)!].sort().slice(0, MAX_FILES),
    depth: depthsOf(graph, groupsOf(graph)).get(filePath)!,
    cycles: cyclesThrough(graph, filePath, MAX_CYCLES)
  }
}
