import { Type } from 'typebox'
import { analyzePatterns, MIN_CHANGES } from '../../domain/coding/patterns.ts'
import { countedNoun } from '../../domain/coding/text.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints } from './fields.ts'

export const codingAnalyzePatterns = tool({
  name: 'coding_analyze_patterns',
  title: 'Patterns of a project',
  description:
    'Counts how a project is worked on: languages, libraries, naming, folders, tests, ' +
    'files changed together, recurring errors, trend. Use it to follow its habits; for ' +
    'its state, use coding_get_project_context.',
  example: { project_id: 'shop' },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object({ project_id: ProjectId }, closed),
  output: Type.Object(
    {
      project_id: Type.String(),
      sufficient: Type.Boolean(),
      changes: Type.Integer(),
      findings: Type.Array(
        Type.Object(
          {
            area: Type.String(),
            finding: Type.String(),
            confidence: Type.Number(),
            based_on: Type.Integer()
          },
          closed
        )
      )
    },
    closed
  ),
  run: (input, context) => analyzePatterns(context, input),
  text({ project_id: projectId, sufficient, changes, findings }) {
    const insufficientNote =
      `Insufficient data for how the code is written: ${countedNoun(changes, 'change')} ` +
      `of at least ${MIN_CHANGES}. Record more with coding_track_file_change.`
    return [
      `Patterns of ${projectId}, from ${countedNoun(changes, 'recorded change')}:`,
      ...(sufficient ? [] : [insufficientNote]),
      ...findings.map(
        ({ area, finding, confidence, based_on: caseCount }) =>
          `- ${area}: ${finding} (confidence ${confidence.toFixed(2)}, of ${caseCount})`
      )
    ].join('\n')
  }
})
