import { Type } from 'typebox'
import {
  type CodingError,
  insertCodingError,
  listSimilarErrors,
  lockOpenErrors,
  type NewCodingError,
  solveCodingErrors
} from '../../db/coding/errors.ts'
import { lockMemories } from '../../db/memory/memories.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  clipped,
  closed,
  FilePath,
  Labels,
  newId,
  Project,
  Text
} from '../../domain/coding/fields.ts'
import { placeOf } from '../../domain/coding/evidence.ts'
import { fingerprint } from '../../domain/coding/fingerprint.ts'
import { type Recording, recording, remember, type Said } from '../../domain/coding/record.ts'

/** Characters of a stack trace that are kept. */
const STACK_KEPT = 10_000

type Described = Pick<
  CodingError,
  | 'error_id'
  | 'project_id'
  | 'error_type'
  | 'message'
  | 'stack_trace'
  | 'file_path'
  | 'line_number'
  | 'solution'
  | 'tags'
>

/** The error as a memory, its solution before the stack. */
function described(error: Described): Said {
  const value = [
    `${error.error_type} in ${error.project_id}${error.file_path ? ` at ${placeOf(error)}` : ''}: ${error.message}`,
    ...(error.solution ? [`Solution: ${error.solution}`] : []),
    ...(error.stack_trace ? ['', error.stack_trace] : [])
  ].join('\n')
  return {
    key: error.error_id,
    value,
    type: 'coding_error',
    importance: error.solution ? 0.7 : 0.5,
    tags: error.tags,
    relation: 'encountered',
    files: error.file_path === null ? [] : [error.file_path]
  }
}

export const recordError = tool({
  name: 'coding_record_error',
  title: 'Record an error or its solution',
  description:
    'Records an error met in the active session; the answer tells a solution known from before. Call it again with the solution once there is one.',
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
      error_type: Text('Such as TypeError.', 200),
      message: Text('Word for word.', 20_000),
      stack_trace: Type.Optional(Type.String({ maxLength: 200_000, description: 'Or output.' })),
      file_path: Type.Optional(FilePath),
      line_number: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9, description: 'Line.' })),
      solution: Type.Optional(Type.String({ maxLength: 20_000, description: 'What solved it.' })),
      error_id: Type.Optional(
        Type.String({ maxLength: 64, description: 'Whose solution it is; else by message.' })
      ),
      screenshot: Type.Optional(
        Type.String({ maxLength: 2000, description: 'Address of a picture.' })
      ),
      tags: Type.Optional(Labels)
    },
    closed
  ),
  output: Type.Object(
    {
      error_id: Type.String(),
      session_id: Type.String(),
      resolved: Type.Boolean(),
      solved: Type.Optional(Type.Array(Type.String())),
      known_solution: Type.Optional(Type.String()),
      known_from: Type.Optional(Type.String())
    },
    closed
  ),
  async run(
    { project_id: project, message, solution = '', error_id: named = '', tags = [], ...rest },
    context
  ) {
    const { user_id: userId, source } = context.principal
    if (named && !solution) {
      throw new ToolError(
        `error_id names a record that a solution is for. Give the solution of ${named}, or leave error_id out.`
      )
    }
    const print = fingerprint(message)
    return recording(context, project, async (record) => {
      const open = solution
        ? await lockOpenErrors(
            record.trx,
            userId,
            project,
            named ? { error_id: named } : { fingerprint: print }
          )
        : []
      if (named && open.length === 0) {
        throw new ToolError(
          `Project "${project}" has no error ${named}. Find it with coding_search_errors, or leave error_id out.`
        )
      }
      const { session, at, trx } = record
      if (open.length > 0) await solve(record, userId, open, solution)
      const solved = open.map(({ error_id: id }) => id)
      const meant = named ? open[0] : open.find(({ session_id: id }) => id === session.session_id)
      if (meant) {
        return { error_id: meant.error_id, session_id: meant.session_id, resolved: true, solved }
      } // met once, and solved now

      const error = {
        error_id: newId('error'),
        project_id: project,
        error_type: rest.error_type,
        message,
        stack_trace: clipped(rest.stack_trace ?? '', STACK_KEPT),
        file_path: rest.file_path ?? null,
        line_number: rest.line_number ?? null,
        solution: solution || null
      }
      const memoryId = await remember(record, described({ ...error, tags }))
      const row: NewCodingError = {
        ...error,
        session_id: session.session_id,
        screenshot: rest.screenshot || null,
        tags: JSON.stringify(tags),
        fingerprint: print,
        resolved_at: solution ? at : null,
        memory_id: memoryId,
        source: JSON.stringify(source),
        created_at: at
      }
      const before = solution ? [] : await listSimilarErrors(trx, userId, [print], 100)
      await insertCodingError(trx, userId, row)
      const known =
        before.find((one) => one.solution !== null && one.project_id === project) ??
        before.find((one) => one.solution !== null)
      return {
        error_id: error.error_id,
        session_id: session.session_id,
        resolved: solution !== '',
        ...(solved.length > 0 && { solved }),
        ...(known && {
          known_solution: known.solution!,
          known_from: `${known.error_id} in ${known.project_id}`
        })
      }
    })
  },
  text({ error_id: id, resolved, solved, known_solution: known, known_from: from }) {
    if (solved) return `✅ Solution recorded for ${[...new Set([id, ...solved])].join(', ')}.`
    if (known) return `⚠️ Recorded as ${id}. The same error was solved before (${from}):\n${known}`
    return resolved
      ? `✅ Error and solution recorded as ${id}.`
      : `⚠️ Error recorded as ${id}, not resolved yet. When it is, call this again with the same error and its solution.`
  }
})

/** Gives the errors recorded before their solution, and their memories too. */
async function solve(
  record: Recording,
  userId: string,
  open: CodingError[],
  solution: string
): Promise<void> {
  await lockMemories(
    record.trx,
    userId,
    open.map(({ memory_id: id }) => id)
  ) // in the order in which an undo locks them
  await solveCodingErrors(
    record.trx,
    userId,
    open[0]!.project_id,
    open.map(({ error_id: id }) => id),
    solution
  )
  for (const error of open) {
    await remember(
      { ...record, session: error, at: error.created_at },
      described({ ...error, solution })
    )
  }
}
