import { Type } from 'typebox'
import { describeProject } from '../../domain/coding/project-context.ts'
import { linesByTitle, sectionsMarkdown } from '../../domain/coding/report.ts'
import { countedNoun } from '../../domain/coding/text.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints, SectionLines } from './fields.ts'

export const codingGetProjectContext = tool({
  name: 'coding_get_project_context',
  title: 'What is known about a project',
  description:
    'Returns what a colleague must know before work on a project: its state, decisions ' +
    'with reasons, errors, files, issues. Use it first in a project that you do not ' +
    'know; for the running task alone, use coding_get_current_session_status.',
  example: { project_id: 'shop', focus: 'prices' },
  rare: ['max_tokens'],
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      focus: Type.Optional(
        Type.String({ maxLength: 1000, description: 'Topic that comes first, such as prices.' })
      ),
      max_tokens: Type.Optional(
        Type.Integer({
          minimum: 200,
          maximum: 8000,
          default: 2000,
          description: 'Size of the answer in tokens.'
        })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      project_id: Type.String(),
      sections: SectionLines,
      tokens: Type.Integer(),
      left_out: Type.Integer()
    },
    closed
  ),
  async run(input, context) {
    const { sections, ...size } = await describeProject(context, input)
    return { project_id: input.project_id, sections: linesByTitle(sections), ...size }
  },
  text({ project_id: projectId, sections, left_out: leftOut }) {
    const leftOutNote =
      `(${countedNoun(leftOut, 'further line')} left out: ` +
      'ask with a focus or a larger max_tokens.)'
    return [
      `# ${projectId}`,
      sectionsMarkdown(sections),
      ...(leftOut > 0 ? [leftOutNote] : [])
    ].join('\n\n')
  }
})
