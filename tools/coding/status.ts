import { type Static, Type } from 'typebox'
import { linesByTitle, sectionsMarkdown } from '../../domain/coding/report.ts'
import { describeCounts } from '../../domain/coding/session-report.ts'
import { findSessionStatus } from '../../domain/coding/status.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints, SectionLines } from './fields.ts'
import { outcomeLines, RecordCounts, sessionFields } from './session-fields.ts'

const StatusAnswer = Type.Object(
  {
    ...Type.Partial(Type.Object(sessionFields)).properties,
    active: sessionFields.active,
    project_id: sessionFields.project_id,
    counts: Type.Optional(RecordCounts),
    sections: Type.Optional(SectionLines)
  },
  closed
)

export const codingGetCurrentSessionStatus = tool({
  name: 'coding_get_current_session_status',
  title: 'Status of the coding session',
  description:
    'Returns where work on a project stands: the active session with its goal, records, ' +
    'open errors and next steps, or how the last one ended. Use it when you come back to ' +
    'a task; for all of the project, use coding_get_project_context.',
  example: { project_id: 'shop' },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object({ project_id: ProjectId }, closed),
  output: StatusAnswer,
  async run(input, context) {
    const status = await findSessionStatus(context, input)
    if (!status.session) return { active: false, project_id: input.project_id }
    const { session, counts, sections } = status
    return {
      ...session,
      ...(counts && { counts }),
      ...(sections && { sections: linesByTitle(sections) })
    }
  },
  text: (status) => (status.active ? activeText(status) : inactiveText(status))
})

function activeText(status: Static<typeof StatusAnswer>): string {
  const { tags = [], duration_minutes: minutes, project_id: projectId } = status
  return [
    `Coding session ${status.session_id} of project "${projectId}", active for ${minutes} minutes`,
    `- Goal: ${status.description}`,
    ...(tags.length > 0 ? [`- Tags: ${tags.join(', ')}`] : []),
    `- So far: ${describeCounts(status.counts ?? {})}`,
    '',
    sectionsMarkdown(status.sections ?? {})
  ].join('\n')
}

function inactiveText(status: Static<typeof StatusAnswer>): string {
  const { project_id: projectId, session_id: lastSessionId } = status
  const resumeAdvice = lastSessionId ? ', or resume the last one with coding_resume_session' : ''
  const inactiveNote =
    `Project "${projectId}" has no active coding session. ` +
    `Start one with coding_start_session${resumeAdvice}.`
  if (!lastSessionId) return inactiveNote
  return [
    inactiveNote,
    `The last one, ${lastSessionId}, ended ${status.ended_at}`,
    `- Goal: ${status.description}`,
    ...outcomeLines(status)
  ].join('\n')
}
