import { Type } from 'typebox'
import {
  fileActions,
  MAX_DIFF_LENGTH,
  pastActions,
  recordFileChange
} from '../../domain/coding/file-changes.ts'
import { tool } from '../tool.ts'
import { closed, FilePath, ProjectId, recordingHints, RelatedFiles } from './fields.ts'

export const codingTrackFileChange = tool({
  name: 'coding_track_file_change',
  title: 'Record a file change',
  description:
    'Records a file change in the active session, with its reason. Use it after each ' +
    'change that a colleague would want to know about; for a choice of design, use ' +
    'coding_record_decision.',
  example: { project_id: 'shop', file_path: 'src/price.ts', action: 'edit', reason: 'Add the tax' },
  rare: ['related_files', 'line_range'],
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      file_path: FilePath,
      action: Type.String({ maxLength: 20, description: `One of ${fileActions.join(', ')}.` }),
      diff: Type.Optional(
        Type.String({
          maxLength: 200_000,
          description: `Unified diff; ${MAX_DIFF_LENGTH} characters are kept.`
        })
      ),
      reason: Type.String({
        minLength: 1,
        maxLength: 5000,
        description: 'Why it was changed, for later readers.'
      }),
      related_files: Type.Optional(RelatedFiles),
      line_range: Type.Optional(
        Type.String({ maxLength: 40, description: 'First and last line, such as "10,25".' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      change_id: Type.String(),
      session_id: Type.String(),
      file_path: Type.String(),
      action: Type.String(),
      lines_added: Type.Integer(),
      lines_removed: Type.Integer()
    },
    closed
  ),
  run: (input, context) => recordFileChange(context, input),
  text({ change_id: changeId, file_path: path, action, lines_added, lines_removed }) {
    const hasLines = lines_added + lines_removed > 0
    const lineCounts = hasLines ? ` (+${lines_added} -${lines_removed} lines)` : ''
    return `✅ ${pastActions[action]} ${path}: recorded as ${changeId}${lineCounts}.`
  }
})
