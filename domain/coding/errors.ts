import {
  type CodingError,
  insertCodingError,
  listSimilarErrors,
  lockErrorsToSolve,
  solveCodingErrors
} from '../../db/coding/errors.ts'
import { lockMemories } from '../../db/memory/memories.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { isOpen } from './evidence.ts'
import { errorPlace } from './evidence-lines.ts'
import { fingerprintOf } from './fingerprint.ts'
import {
  newRecordId,
  recordInSession,
  type RecordMemory,
  type SessionRecording,
  storeRecordMemory
} from './record.ts'
import { clipText } from './text.ts'

/** Characters of a stack trace that are stored. */
const MAX_STACK_LENGTH = 10_000
/** Earlier occurrences that are searched for a solution. */
const MAX_OCCURRENCES = 100

/** An error to record, or the solution of one that was recorded. */
export interface ErrorInput {
  project_id: string
  error_type: string
  message: string
  stack_trace?: string
  file_path?: string
  line_number?: number
  solution?: string
  /** The recorded error that `solution` is for. Without it, the message finds the errors. */
  error_id?: string
  screenshot?: string
  tags?: string[]
}

/** An error as it was recorded, with what is known of its solution. */
export interface RecordedError {
  error_id: string
  session_id: string
  resolved: boolean
  /** Errors that were recorded before and are solved now. */
  solved?: string[]
  /** A solution that was recorded before, and the error that it is from. */
  known_solution?: string
  known_from?: string
}

/**
 * Records an error in the active session. A solution is given to all open occurrences of the error
 * in the project; if one of them is from this session, no new record is made. Throws ToolError.
 */
export async function recordError(context: CallContext, input: ErrorInput): Promise<RecordedError> {
  const { error_id: solvedErrorId, solution } = input
  if (solvedErrorId && !solution) {
    throw new ToolError(
      'error_id names the record that a solution is for, but solution is missing. ' +
        `Add the solution of ${solvedErrorId}, or leave error_id out.`
    )
  }
  return recordInSession(context, input.project_id, async (recording) => {
    const solvedErrors = solution
      ? await solveErrors(recording, context.principal.user_id, { ...input, solution })
      : []
    const solvedIds = solvedErrors.map((error) => error.error_id)
    const sessionId = recording.session.session_id
    const solvedError = solvedErrorId
      ? solvedErrors[0]
      : solvedErrors.find((error) => error.session_id === sessionId)
    if (solvedError) {
      const { error_id, session_id } = solvedError
      return { error_id, session_id, resolved: true, solved: solvedIds }
    }
    const recordedError = await storeError(context, recording, input)
    return solvedIds.length > 0 ? { ...recordedError, solved: solvedIds } : recordedError
  })
}

/**
 * Gives the errors that the input means their solution, and returns them. An error_id may also name
 * a solved error, to correct its solution. Throws ToolError.
 */
async function solveErrors(
  recording: SessionRecording,
  userId: string,
  input: ErrorInput & { solution: string }
): Promise<CodingError[]> {
  const { project_id: projectId, error_id: errorId, solution } = input
  const solvedErrors = await lockErrorsToSolve(
    recording.trx,
    userId,
    projectId,
    errorId ? { error_id: errorId } : { fingerprint: fingerprintOf(input.message) }
  )
  if (errorId && solvedErrors.length === 0) {
    throw new ToolError(
      `Project "${projectId}" has no error ${errorId}. ` +
        'Find it with coding_search_errors, or leave error_id out.'
    )
  }
  if (solvedErrors.length === 0) return []
  const memoryIds = solvedErrors.map((error) => error.memory_id)
  await lockMemories(recording.trx, userId, memoryIds) // in the order of an undo: no deadlock
  const errorIds = solvedErrors.map((error) => error.error_id)
  await solveCodingErrors(recording.trx, userId, projectId, errorIds, solution)
  for (const solvedError of solvedErrors) {
    await storeRecordMemory(
      { ...recording, session: solvedError, at: solvedError.created_at },
      errorMemory({ ...solvedError, solution })
    )
  }
  return solvedErrors
}

/** Stores the error, and looks up a solution from before if it has none. */
async function storeError(
  context: CallContext,
  recording: SessionRecording,
  input: ErrorInput
): Promise<RecordedError> {
  const { user_id: userId, source } = context.principal
  const { trx, at } = recording
  const tags = input.tags ?? []
  const errorContent = {
    error_id: newRecordId('error'),
    project_id: input.project_id,
    error_type: input.error_type,
    message: input.message,
    stack_trace: clipText(input.stack_trace ?? '', MAX_STACK_LENGTH),
    file_path: input.file_path ?? null,
    line_number: input.line_number ?? null,
    solution: input.solution || null
  }
  const memoryId = await storeRecordMemory(recording, errorMemory({ ...errorContent, tags }))
  const knownSolution = await findKnownSolution(trx, userId, input)
  await insertCodingError(trx, userId, {
    ...errorContent,
    session_id: recording.session.session_id,
    screenshot: input.screenshot || null,
    tags: JSON.stringify(tags),
    fingerprint: fingerprintOf(input.message),
    resolved_at: isOpen(errorContent) ? null : at,
    memory_id: memoryId,
    source: JSON.stringify(source),
    created_at: at
  })
  return {
    error_id: errorContent.error_id,
    session_id: recording.session.session_id,
    resolved: !isOpen(errorContent),
    ...knownSolution
  }
}

/** The newest solution of the same error, first of the same project; none if the input has one. */
async function findKnownSolution(
  trx: SessionRecording['trx'],
  userId: string,
  { project_id: projectId, message, solution }: ErrorInput
): Promise<Pick<RecordedError, 'known_solution' | 'known_from'>> {
  if (solution) return {}
  const sameErrors = await listSimilarErrors(trx, userId, [fingerprintOf(message)], MAX_OCCURRENCES)
  const solvedErrors = sameErrors.filter((error) => !isOpen(error))
  const solvedError =
    solvedErrors.find((error) => error.project_id === projectId) ?? solvedErrors[0]
  if (!solvedError) return {}
  return {
    known_solution: solvedError.solution!,
    known_from: `${solvedError.error_id} in ${solvedError.project_id}`
  }
}

type ErrorContent = Pick<
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

/** The error as a memory. The solution stands before the stack, so that a preview contains it. */
function errorMemory(error: ErrorContent): RecordMemory {
  const errorLocation = errorPlace(error)
  const memoryText = [
    `${error.error_type} in ${error.project_id}${errorLocation && ` at ${errorLocation}`}: ` +
      error.message,
    ...(error.solution ? [`Solution: ${error.solution}`] : []),
    ...(error.stack_trace ? ['', error.stack_trace] : [])
  ].join('\n')
  return {
    key: error.error_id,
    value: memoryText,
    type: 'coding_error',
    importance: error.solution ? 0.7 : 0.5,
    tags: error.tags,
    relation: 'encountered',
    files: error.file_path === null ? [] : [error.file_path]
  }
}
