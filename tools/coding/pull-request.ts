import { Type } from 'typebox'
import { writePullRequest } from '../../domain/coding/pull-request.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints, SessionId } from './fields.ts'

export const codingGeneratePrDescription = tool({
  name: 'coding_generate_pr_description',
  title: 'Pull-request text of a session',
  description:
    'Writes a pull-request text in Markdown from the records of the active or last ' +
    'session: changes with reasons, decisions, errors solved, tests, issues. Use it ' +
    'before you open one; to end the work, use coding_end_session.',
  example: { project_id: 'shop' },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      session_id: Type.Optional({ ...SessionId, description: 'A session other than the last.' })
    },
    closed
  ),
  output: Type.Object(
    {
      session_id: Type.String(),
      title: Type.String(),
      body: Type.String(),
      left_out: Type.Integer()
    },
    closed
  ),
  run: (input, context) => writePullRequest(context, input),
  text: ({ title, body }) => `# ${title}\n\n${body}`
})
