import { Type } from 'typebox'
import { linkIssue } from '../../domain/coding/issue-links.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId } from './fields.ts'
import { issueFields } from './issue-fields.ts'

export const codingLinkGithubIssue = tool({
  name: 'coding_link_github_issue',
  title: 'Link a GitHub issue',
  description:
    'Records that the active session works on a GitHub issue, with what you send of it, ' +
    'or from GitHub if the person stored a token. Use it when work begins, so that ' +
    'pull-request texts close it. To read one, use coding_get_issue_context.',
  example: { project_id: 'shop', issue_number: 7, repository: 'acme/shop' },
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true
  },
  input: Type.Object({ project_id: ProjectId, ...issueFields }, closed),
  output: Type.Object(
    {
      session_id: Type.String(),
      issue: Type.String(),
      title: Type.String(),
      note: Type.Optional(Type.String())
    },
    closed
  ),
  run: (input, context) => linkIssue(context, input),
  text: ({ session_id: sessionId, issue, title, note = '' }) =>
    `✅ Session ${sessionId} is linked to issue ${issue}${title && `: ${title}`}.` +
    (note && `\n${note}`)
})
