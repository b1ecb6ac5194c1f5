import { Type } from 'typebox'
import { recordError } from '../../domain/coding/errors.ts'
import { tool } from '../tool.ts'
import { closed, FilePath, ProjectId, recordingHints, RecordTags, RequiredText } from './fields.ts'

export const codingRecordError = tool({
  name: 'coding_record_error',
  title: 'Record an error or its solution',
  description:
    'Records an error met in the active session; if it was solved before, the answer has ' +
    'the solution. Use it again with the solution once there is one. Only to look up, ' +
    'use coding_search_errors.',
  example: { project_id: 'shop', error_type: 'TypeError', message: 'price is undefined' },
  rare: ['screenshot', 'tags', 'line_number'],
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      error_type: RequiredText('Class or code, such as TypeError or TS2339.', 200),
      message: RequiredText('The message, word for word.', 20_000),
      stack_trace: Type.Optional(
        Type.String({ maxLength: 200_000, description: 'Stack trace or output around it.' })
      ),
      file_path: Type.Optional(FilePath),
      line_number: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 1e9, description: 'Number of the failing line.' })
      ),
      solution: Type.Optional(
        Type.String({ maxLength: 20_000, description: 'What solved it, for the next time.' })
      ),
      error_id: Type.Optional(
        Type.String({
          maxLength: 64,
          description: 'Id of the solved error; else found by message.'
        })
      ),
      screenshot: Type.Optional(
        Type.String({ maxLength: 2000, description: 'Address of a picture of it.' })
      ),
      tags: Type.Optional(RecordTags)
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
  run: (input, context) => recordError(context, input),
  text({ error_id: id, resolved, solved, known_solution: knownSolution, known_from: knownFrom }) {
    if (solved) return `✅ Solution recorded for ${[...new Set([id, ...solved])].join(', ')}.`
    if (knownSolution) {
      return (
        `⚠️ Recorded as ${id}. ` +
        `The same error was solved before (${knownFrom}):\n${knownSolution}`
      )
    }
    return resolved
      ? `✅ Error and solution recorded as ${id}.`
      : `⚠️ Error recorded as ${id}, not resolved yet. ` +
          'When it is, call this again with the same error and its solution.'
  }
})
