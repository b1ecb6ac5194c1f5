import { Type } from 'typebox'
import {
  analyzeImpact,
  type ChangeImpact,
  MEDIUM_RISK_DEPENDENTS
} from '../../domain/code/impact.ts'
import { tool } from '../tool.ts'
import { AnalyzedPath, closed, ProjectId, readOnlyHints } from './fields.ts'

/** More tests than this are not run one by one. */
const MANY_TESTS = 10
/** Files of a cycle that the advice names. */
const MAX_NAMED_FILES = 5

export const codingAnalyzeRefactorImpact = tool({
  name: 'coding_analyze_refactor_impact',
  title: 'Impact of changing a file',
  description:
    'Lists which indexed files depend on a file, nearest first, which tests reach it, ' +
    'and how risky changing it is. Use it before you change a file; for several, use ' +
    'coding_suggest_refactor_order.',
  example: { project_id: 'shop', file_path: 'src/price.ts' },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object({ project_id: ProjectId, file_path: AnalyzedPath }, closed),
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
    closed
  ),
  async run(input, context) {
    const impact = await analyzeImpact(context, input)
    const { test_count: _testCount, cycle: _cycle, ...answer } = impact
    return { ...answer, why: riskReason(impact), advice: adviceLines(impact) }
  },
  text: (impact) =>
    [
      `Changing ${impact.file_path}: ${impact.risk} risk. ${impact.why}`,
      ...impact.dependents.map((file, i) => `- ${file}${i < impact.direct ? ' (imports it)' : ''}`),
      ...moreDependents(impact.total - impact.dependents.length),
      ...(impact.tests.length > 0 ? ['\nTests that reach it', ...bulletLines(impact.tests)] : []),
      '\nAdvice',
      ...bulletLines(impact.advice)
    ].join('\n')
})

function bulletLines(items: string[]): string[] {
  return items.map((item) => `- ${item}`)
}

function moreDependents(count: number): string[] {
  return count > 0 ? [`- and ${count} more`] : []
}

function riskReason({ total, direct, cycle }: ChangeImpact): string {
  if (total === 0) return 'No indexed file but tests imports it, directly or through others.'
  const cycleNote =
    cycle.length > 0 ? ` It is in an import cycle with ${cycle.length} of them.` : ''
  return (
    `${direct} ${direct === 1 ? 'file imports' : 'files import'} it, ` +
    `and ${total} ${total === 1 ? 'depends' : 'depend'} on it in all.${cycleNote}`
  )
}

function adviceLines(impact: ChangeImpact): string[] {
  const { total, direct, cycle } = impact
  const adviceList = [testAdvice(impact)]
  if (total === 0) {
    adviceList.push(
      'Check entry points, scripts and configuration that name it: they do not import it.'
    )
  }
  if (direct > 0) {
    const importerCount = direct === 1 ? 'file' : `${direct} files`
    adviceList.push(
      `Keep its exports, or change the ${importerCount} that import it in the same step.`
    )
  }
  if (cycle.length > 0) {
    const restNote = cycle.length > MAX_NAMED_FILES ? ' and the rest of the cycle' : ''
    const namedFiles = cycle.slice(0, MAX_NAMED_FILES).join(', ')
    adviceList.push(`Change it together with ${namedFiles}${restNote}, or break the cycle first.`)
  }
  if (total > MEDIUM_RISK_DEPENDENTS) {
    adviceList.push('Go in small steps; coding_suggest_refactor_order puts several files in order.')
  }
  return adviceList
}

function testAdvice({ tests, test_count: testCount }: ChangeImpact): string {
  if (testCount === 0) {
    return 'No indexed test reaches it: write one for its behavior before you change it.'
  }
  if (testCount > MANY_TESTS) {
    const nearestTests = tests.slice(0, 3).join(', ')
    return (
      `Run the nearest tests first, such as ${nearestTests}; ` +
      `${testCount} files reach it in all.`
    )
  }
  return `Run the tests that reach it: ${testCount === 1 ? 'one file' : `${testCount} files`}.`
}
