import { Type } from 'typebox'
import { type RecordCounts as Counted, countCodingRecords } from '../../db/coding/records.ts'
import {
  type CodingSession,
  endCodingSession,
  updateSessionMemories
} from '../../db/coding/sessions.ts'
import { tool } from '../tool.ts'
import {
  decisionLine,
  errorKinds,
  errorLine,
  type Evidence,
  evidenceOf,
  fileLine,
  fileStories,
  issueLine
} from '../../domain/coding/evidence.ts'
import { closed, counted, inLine, Project } from '../../domain/coding/fields.ts'
import { recording, remember } from '../../domain/coding/record.ts'
import { fitted } from '../../domain/coding/report.ts'
import { answered, Counts, countsText, facts, outcome } from '../../domain/coding/session-answer.ts'

/** Records of each kind that a summary is built from. */
const LOOKED_AT = 500
/** Tokens of a summary that is built. */
const SUMMARY_TOKENS = 800

const { session_id, active, ended_at, duration_minutes, summary, success } = facts

export const endSession = tool({
  name: 'coding_end_session',
  title: 'End the coding session',
  description:
    'Ends the active coding session. Give a summary of what was done, found and left open, for whoever goes on; else it is put together from the records.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false
  },
  input: Type.Object(
    {
      project_id: Project,
      summary: Type.Optional(
        Type.String({ maxLength: 20_000, description: 'For whoever goes on.' })
      ),
      success: Type.Optional(Type.Boolean({ description: 'Goal reached.' })),
      save_to_claude_code_history: Type.Optional(
        Type.Boolean({ default: true, description: 'As a memory.' })
      ),
      save_to_github: Type.Optional(Type.Boolean({ default: false, description: 'Not done here.' }))
    },
    closed
  ),
  output: Type.Object(
    {
      session_id,
      active,
      ended_at,
      duration_minutes,
      summary,
      success,
      counts: Counts,
      note: summary
    },
    closed
  ),
  async run(
    {
      project_id: project,
      summary,
      success,
      save_to_claude_code_history: save = true,
      save_to_github: post = false
    },
    context
  ) {
    const { user_id: userId } = context.principal
    return recording(
      context,
      project,
      async (record) => {
        const { trx, session } = record
        const counts = await countCodingRecords(trx, userId, project, session.session_id)
        const said =
          summary ||
          summaryOf(
            session,
            counts,
            await evidenceOf(trx, userId, project, {
              sessionId: session.session_id,
              limit: LOOKED_AT
            })
          )
        const ended = await endCodingSession(trx, session, {
          summary: said,
          summary_given: Boolean(summary),
          success: success ?? null
        })
        if (save) {
          const value = `Summary of the coding session on ${project}, "${inLine(session.description, 200)}"${success === undefined ? '' : success ? ', goal reached' : ', goal not reached'}: ${said}`
          const memoryId = await remember(record, {
            key: `${session.session_id}/summary`,
            value,
            type: 'coding_session',
            importance: success ? 0.8 : 0.6,
            tags: session.tags
          })
          await updateSessionMemories(trx, session, { summary_memory_id: memoryId })
        }
        const {
          project_id: _project,
          description: _goal,
          tags: _tags,
          started_at: _start,
          ...told
        } = answered(ended)
        return {
          ...told,
          counts: { ...counts },
          ...(post && {
            note: 'Nothing was posted to GitHub: this server only reads there. coding_generate_pr_description has a text to post.'
          })
        }
      },
      'ending'
    )
  },
  text: ({ counts, note, ...session }) =>
    [
      `✅ Coding session ended: ${session.session_id}, ${session.duration_minutes} minutes`,
      `- Recorded: ${countsText(counts)}`,
      ...outcome(session),
      ...(note === undefined ? [] : [note])
    ].join('\n')
})

/** What the records tell of a session, the most important first. */
function summaryOf(
  session: CodingSession,
  counts: Counted,
  { changes, errors, decisions, issues }: Evidence
): string {
  const kinds = errorKinds(errors)
  const { sections } = fitted(
    [
      { title: 'Decided', lines: decisions.map(decisionLine) },
      {
        title: 'Open errors',
        lines: kinds.filter(({ solution }) => solution === null).map(errorLine)
      },
      { title: 'Files', lines: fileStories(changes).map(fileLine) },
      {
        title: 'Errors solved',
        lines: kinds.filter(({ solution }) => solution !== null).map(errorLine)
      },
      { title: 'Issues', lines: issues.map(issueLine) }
    ],
    SUMMARY_TOKENS
  )
  return [
    `${session.minutes < 1 ? 'Less than a minute' : counted(Math.round(session.minutes), 'minute')}: ${countsText({ ...counts })}.`,
    ...sections.map(
      ({ title, lines }) => `${title}:\n${lines.map((line) => `- ${line}`).join('\n')}`
    )
  ].join('\n')
}
