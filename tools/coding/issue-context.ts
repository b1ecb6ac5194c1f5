import { Type } from 'typebox'
import { findIssueContext } from '../../domain/coding/issue-context.ts'
import type { IssueReport } from '../../domain/coding/issues.ts'
import { linesByTitle, sectionsMarkdown } from '../../domain/coding/report.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints, SectionLines } from './fields.ts'
import { issueFields } from './issue-fields.ts'

const { issue_number, repository, title, url, body } = issueFields

export const codingGetIssueContext = tool({
  name: 'coding_get_issue_context',
  title: 'What is known about an issue',
  description:
    'Returns what is known about a GitHub issue: its text (also from GitHub, if the ' +
    'person stored a token), the sessions on it, their decisions, errors and changes. ' +
    'Use it before you work on it, then coding_link_github_issue.',
  example: { issue_number: 7, repository: 'acme/shop' },
  groups: ['coding'],
  annotations: { ...readOnlyHints, openWorldHint: true },
  input: Type.Object(
    {
      issue_number,
      project_id: Type.Optional({ ...ProjectId, description: 'Only sessions of this project.' }),
      repository,
      title,
      url,
      body
    },
    closed
  ),
  output: Type.Object(
    {
      issue: Type.Record(Type.String(), Type.Unknown()),
      sections: SectionLines,
      note: Type.Optional(Type.String())
    },
    closed
  ),
  async run(input, context) {
    const { issue, sections, problem } = await findIssueContext(context, input)
    return {
      issue: { ...issue },
      sections: linesByTitle(sections),
      ...(problem && { note: problem.message })
    }
  },
  text: ({ issue, sections, note }) =>
    [issueText(issue as unknown as IssueReport), sectionsMarkdown(sections), note]
      .filter(Boolean)
      .join('\n\n')
})

function issueText(issue: IssueReport): string {
  const titleText = issue.title === undefined ? '' : ` ${issue.title}`
  return [
    `# ${issue.repository ?? ''}#${issue.issue_number}${titleText}`,
    ...(issue.url === undefined ? [] : [`- Address: ${issue.url}`]),
    ...(issue.state === undefined ? [] : [`- State: ${issue.state}`]),
    ...(issue.labels.length > 0 ? [`- Labels: ${issue.labels.join(', ')}`] : []),
    ...(issue.assignees.length > 0 ? [`- Assignees: ${issue.assignees.join(', ')}`] : []),
    ...(issue.body === undefined ? [] : ['', issue.body])
  ].join('\n')
}
