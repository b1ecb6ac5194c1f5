import type { CallContext } from '../context.ts'
import { groupsOf, reachedFrom, reverseGraph } from './graph.ts'
import { projectGraph } from './project-graph.ts'
import { isTestFile } from '../../lib/test-files.ts'

/** More dependents than this are a high risk. */
export const MEDIUM_RISK_DEPENDENTS = 3
/** Files of each kind that an answer has: the nearest. */
const MAX_DEPENDENTS = 60
const MAX_TESTS = 30

/** What changing a file affects. */
export interface ChangeImpact {
  file_path: string
  risk: 'low' | 'medium' | 'high'
  /** Dependents that import the file themselves, and all dependents; without tests. */
  direct: number
  total: number
  /** Nearest first. */
  dependents: string[]
  /** Tests that reach the file, nearest first, and how many there are. */
  tests: string[]
  test_count: number
  /** The other files of a cycle of imports with the file. */
  cycle: string[]
}

/**
 * What changing an indexed file affects. Throws ToolError when the project or the file is not
 * indexed, or the project has too many imports.
 */
export async function analyzeImpact(
  context: CallContext,
  { project_id: projectId, file_path: requestedPath }: { project_id: string; file_path: string }
): Promise<ChangeImpact> {
  const { graph, demand } = await projectGraph(context, projectId)
  const filePath = await demand(requestedPath)
  const stepCounts = reachedFrom(reverseGraph(graph), filePath)
  const affectedFiles = [...stepCounts.keys()]
  const dependents = affectedFiles.filter((file) => !isTestFile(file))
  const reachingTests = affectedFiles.filter(isTestFile)
  const cycleGroup = groupsOf(graph).find((group) => group.includes(filePath))!
  const cycleFiles = cycleGroup.filter((file) => file !== filePath)
  return {
    file_path: filePath,
    risk: riskOf(dependents.length, cycleFiles.length > 0),
    direct: dependents.filter((file) => stepCounts.get(file) === 1).length,
    total: dependents.length,
    dependents: dependents.slice(0, MAX_DEPENDENTS),
    tests: reachingTests.slice(0, MAX_TESTS),
    test_count: reachingTests.length,
    cycle: cycleFiles
  }
}

function riskOf(dependentCount: number, isInCycle: boolean): ChangeImpact['risk'] {
  if (dependentCount === 0) return 'low'
  return dependentCount <= MEDIUM_RISK_DEPENDENTS && !isInCycle ? 'medium' : 'high'
}
