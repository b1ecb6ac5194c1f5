import { Type } from 'typebox'
import { tool } from '../tool.ts'
import { closedObject, OneFile, ProjectField, readOnly } from '../../domain/code/fields.ts'
import { groupsOf, reachedFrom, reverseGraph } from '../../domain/code/graph.ts'
import { projectGraph } from '../../domain/code/project-graph.ts'
import { isTestFile } from '../../domain/code/tests.ts'

/** More dependents than this are a high risk. */
const FEW_DEPENDENTS = 3
/** What an answer names of each, the nearest. */
const NAMED = { dependents: 60, tests: 30 }
/** More tests than this are not run one by one. */
const MANY_TESTS = 10

export const refactorImpact = tool({
  name: 'coding_analyze_refactor_impact',
  title: 'Impact of changing a file',
  description:
    'Which indexed files depend on a file, nearest first, which tests reach it, and how risky changing it is.',
  groups: ['coding'],
  annotations: readOnly,
  input: Type.Object({ project_id: ProjectField, file_path: OneFile }, closedObject),
  output: Type.Object(
    {
      file_path: Type.String(),
      risk: Type.Enum(['low', 'medium', 'high']),
      why: Type.String(),
      direct: Type.Integer(),
      total: Type.Integer(),
      dependents: Type.Array(Type.String()),
      tests: Type.Array(Type.String()),
      advice: Type.Array(Type.String())
    },
    closedObject
  ),
  async run({ project_id: projectId, file_path: said }, context) {
    const { graph, demand } = await projectGraph(context, projectId)
    const path = await demand(said)
    const steps = reachedFrom(reverseGraph(graph), path)
    const dependents = [...steps.keys()].filter((file) => !isTestFile(file))
    const tests = [...steps.keys()].filter(isTestFile)
    const direct = dependents.filter((file) => steps.get(file) === 1).length
    const circle = groupsOf(graph)
      .find((group) => group.includes(path))!
      .filter((file) => file !== path)
    const risk =
      dependents.length === 0
        ? ('low' as const)
        : dependents.length <= FEW_DEPENDENTS && circle.length === 0
          ? ('medium' as const)
          : ('high' as const)
    return {
      file_path: path,
      risk,
      why: whyOf(dependents.length, direct, circle),
      direct,
      total: dependents.length,
      dependents: dependents.slice(0, NAMED.dependents),
      tests: tests.slice(0, NAMED.tests),
      advice: adviceOn(dependents.length, direct, circle, tests)
    }
  },
  text: ({ file_path: path, risk, why, direct, total, dependents, tests, advice }) =>
    [
      `Changing ${path}: ${risk} risk. ${why}`,
      ...dependents.map((file, i) => `- ${file}${i < direct ? ' (imports it)' : ''}`),
      ...(total > dependents.length ? [`- and ${total - dependents.length} more`] : []),
      ...(tests.length > 0 ? ['\nTests that reach it', ...tests.map((file) => `- ${file}`)] : []),
      '\nAdvice',
      ...advice.map((line) => `- ${line}`)
    ].join('\n')
})

function whyOf(total: number, direct: number, circle: string[]): string {
  if (total === 0) return 'No indexed file but tests imports it, directly or through others.'
  const circular =
    circle.length > 0 ? ` It imports around in a cycle with ${circle.length} of them.` : ''
  return `${direct} ${direct === 1 ? 'file imports' : 'files import'} it, and ${total} ${total === 1 ? 'depends' : 'depend'} on it in all.${circular}`
}

function adviceOn(total: number, direct: number, circle: string[], tests: string[]): string[] {
  return [
    whatToRun(tests),
    ...(total === 0
      ? ['Check for entry points, scripts and configuration that name it: these are no imports.']
      : []),
    ...(direct > 0
      ? [
          `Keep what it exports, or change the ${direct === 1 ? 'file' : `${direct} files`} that import it in the same step.`
        ]
      : []),
    ...(circle.length > 0
      ? [
          `Change it together with ${circle.slice(0, 5).join(', ')}${circle.length > 5 ? ' and the rest of the cycle' : ''}, or break the cycle first.`
        ]
      : []),
    ...(total > FEW_DEPENDENTS
      ? ['Go in small steps; coding_suggest_refactor_order puts several files in order.']
      : [])
  ]
}

function whatToRun(tests: string[]): string {
  if (tests.length === 0) {
    return 'No indexed test reaches it: write one for what it does now before you change it.'
  }
  if (tests.length > MANY_TESTS) {
    return `Run the nearest tests first, such as ${tests.slice(0, 3).join(', ')}; ${tests.length} files reach it in all.`
  }
  return `Run the tests that reach it: ${tests.length === 1 ? 'one file' : `${tests.length} files`}.`
}
