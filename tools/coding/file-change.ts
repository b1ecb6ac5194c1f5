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
    'Records a file change in the active session, with its reason. Call it after each change ' +
    'that a colleague would want to know about.',
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      file_path: FilePath,
      action: Type.String({ maxLength: 20, description: `${fileActions.join(', ')}.` }),
      diff: Type.Optional(
        Type.String({
          maxLength: 200_000,
          description: `Unified diff; ${MAX_DIFF_LENGTH} characters are kept.`
        })
      ),
      reason: Type.String({ minLength: 1, maxLength: 5000, description: 'Why.' }),
      related_files: Type.Optional(RelatedFiles),
      line_range: Type.Optional(Type.String({ maxLength: 40, description: 'Such as "10,25".' }))
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
