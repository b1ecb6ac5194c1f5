import { Type } from 'typebox'
import { describeCounts } from '../../domain/coding/session-report.ts'
import { resumeSession, startSession } from '../../domain/coding/sessions.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, recordingHints, RecordTags, RequiredText, SessionId } from './fields.ts'
import { pickFields, RecordCounts, sessionFields } from './session-fields.ts'

const { session_id, project_id, description, tags, active, started_at } = sessionFields
const { duration_minutes, summary } = sessionFields
const startedFields = { session_id, project_id, description, tags, active, started_at }
const startedNames = Object.keys(startedFields) as Array<keyof typeof startedFields>
const resumedFields = {
  session_id,
  description,
  tags,
  active,
  started_at,
  duration_minutes,
  summary
}
const resumedNames = Object.keys(resumedFields) as Array<keyof typeof resumedFields>

export const codingStartSession = tool({
  name: 'coding_start_session',
  title: 'Start a coding session',
  description:
    'Starts a coding session on a project. Use it when work on a task begins, then ' +
    'record changes, errors and decisions as they come. To go on with earlier work, use ' +
    'coding_resume_session.',
  example: { project_id: 'shop', description: 'Show prices with tax' },
  rare: ['tags'],
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      description: RequiredText('Goal of the work, in a sentence.', 10_000),
      tags: Type.Optional(RecordTags)
    },
    closed
  ),
  output: Type.Object(startedFields, closed),
  run: async (input, context) => pickFields(await startSession(context, input), startedNames),
  text: (session) =>
    [
      `✅ Coding session started: ${session.session_id}`,
      `- Project: ${session.project_id}`,
      `- Goal: ${session.description}`
    ].join('\n')
})

export const codingResumeSession = tool({
  name: 'coding_resume_session',
  title: 'Resume a coding session',
  description:
    'Opens an ended coding session again, with all its records. Use it when work on the ' +
    'same task goes on; for a new task, use coding_start_session.',
  example: { project_id: 'shop', session_id: 'session_0a1b2c3d4e5f' },
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object({ project_id: ProjectId, session_id: SessionId }, closed),
  output: Type.Object({ ...resumedFields, counts: RecordCounts }, closed),
  async run(input, context) {
    const { session, counts } = await resumeSession(context, input)
    return { ...pickFields(session, resumedNames), counts }
  },
  text: ({ counts, ...session }) =>
    [
      `✅ Coding session resumed: ${session.session_id}`,
      `- Goal: ${session.description}`,
      `- First started: ${session.started_at}`,
      ...(session.tags.length > 0 ? [`- Tags: ${session.tags.join(', ')}`] : []),
      `- So far: ${describeCounts(counts)}`,
      ...(session.summary === undefined ? [] : [`- Summary when it ended: ${session.summary}`])
    ].join('\n')
})
