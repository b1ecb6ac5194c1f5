import { Type } from 'typebox'
import { endSession } from '../../domain/coding/end-session.ts'
import { describeCounts } from '../../domain/coding/session-report.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, recordingHints } from './fields.ts'
import { outcomeLines, pickFields, RecordCounts, sessionFields } from './session-fields.ts'

const { session_id, active, ended_at, duration_minutes, summary, success } = sessionFields
const answeredFields = { session_id, active, ended_at, duration_minutes, summary, success }
const answeredNames = Object.keys(answeredFields) as Array<keyof typeof answeredFields>

const GITHUB_NOTE =
  'Nothing was posted to GitHub: this server only reads there. ' +
  'coding_generate_pr_description has a text to post.'

export const codingEndSession = tool({
  name: 'coding_end_session',
  title: 'End the coding session',
  description:
    'Ends the active coding session. Use it when the task is done or the work stops. ' +
    'Give a summary of what was done, found and left open, for the next session; ' +
    'otherwise one is written from the records.',
  example: { project_id: 'shop', summary: 'Tax is shown. Rounding is open.', success: true },
  rare: ['save_to_claude_code_history', 'save_to_github'],
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      summary: Type.Optional(
        Type.String({ maxLength: 20_000, description: 'What was done and is open.' })
      ),
      success: Type.Optional(Type.Boolean({ description: 'Whether the goal was reached.' })),
      save_to_claude_code_history: Type.Optional(
        Type.Boolean({ default: true, description: 'Whether to save it as a memory.' })
      ),
      save_to_github: Type.Optional(
        Type.Boolean({ default: false, description: 'Ignored: the server does not write there.' })
      )
    },
    closed
  ),
  output: Type.Object({ ...answeredFields, counts: RecordCounts, note: summary }, closed),
  async run({ save_to_claude_code_history: storeSummary, save_to_github, ...input }, context) {
    const { session, counts } = await endSession(context, {
      ...input,
      store_summary: storeSummary ?? true
    })
    return {
      ...pickFields(session, answeredNames),
      counts,
      ...(save_to_github && { note: GITHUB_NOTE })
    }
  },
  text: ({ counts, note, ...session }) =>
    [
      `✅ Coding session ended: ${session.session_id}, ${session.duration_minutes} minutes`,
      `- Recorded: ${describeCounts(counts)}`,
      ...outcomeLines(session),
      ...(note === undefined ? [] : [note])
    ].join('\n')
})
