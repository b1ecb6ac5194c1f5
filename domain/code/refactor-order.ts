import type { CallContext } from '../context.ts'
import { groupsOf } from './graph.ts'
import { projectGraph } from './project-graph.ts'

/** Files in the order in which to change them; those of a cycle in one step. */
export interface RefactorOrder {
  order: Array<{ files: string[]; cycle: boolean }>
  /** Files that are not indexed, as they were sent. */
  unknown: string[]
}

/**
 * Puts indexed files in order, those that others import first. Throws ToolError when the project
 * or none of the files is indexed, or the project has too many imports.
 */
export async function suggestRefactorOrder(
  context: CallContext,
  { project_id: projectId, files }: { project_id: string; files: string[] }
): Promise<RefactorOrder> {
  const { graph, find, demand } = await projectGraph(context, projectId)
  const indexedPaths = new Set(files.flatMap((file) => find(file) ?? []))
  if (indexedPaths.size === 0) await demand(files[0]!)
  const changeSteps = groupsOf(graph).map((group) => ({
    files: group.filter((path) => indexedPaths.has(path)),
    cycle: group.length > 1
  }))
  return {
    order: changeSteps.filter((step) => step.files.length > 0),
    unknown: [...new Set(files.filter((file) => find(file) === undefined))]
  }
}
