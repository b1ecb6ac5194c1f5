import { insertFileChange } from '../../db/coding/file-changes.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { newRecordId, recordInSession, storeRecordMemory } from './record.ts'
import { clipText } from './text.ts'

/** Characters of a diff that are stored. */
export const MAX_DIFF_LENGTH = 20_000

/** The kinds of file changes. */
export const fileActions = ['create', 'edit', 'delete', 'rename', 'refactor', 'test'] as const
type FileAction = (typeof fileActions)[number]

const actionSynonyms = new Map<string, FileAction>(
  Object.entries({
    add: 'create',
    new: 'create',
    modify: 'edit',
    update: 'edit',
    change: 'edit',
    remove: 'delete',
    del: 'delete',
    move: 'rename',
    mv: 'rename'
  })
)

/** Each action in the past tense, to begin a sentence with. */
export const pastActions: Record<string, string> = {
  create: 'Created',
  edit: 'Edited',
  delete: 'Deleted',
  rename: 'Renamed',
  refactor: 'Refactored',
  test: 'Tested'
}

/** A file change to record. */
export interface FileChangeInput {
  project_id: string
  file_path: string
  /** One of `fileActions`, or a common synonym. */
  action: string
  /** A unified diff. */
  diff?: string
  reason: string
  related_files?: string[]
  /** Such as `10` and `10,25`. */
  line_range?: string
}

/** A file change as it was recorded. */
export interface RecordedFileChange {
  change_id: string
  session_id: string
  file_path: string
  action: string
  lines_added: number
  lines_removed: number
}

/**
 * Records a file change in the active session. Throws ToolError when no session is active, or when
 * the action or the line range is not understood.
 */
export async function recordFileChange(
  context: CallContext,
  input: FileChangeInput
): Promise<RecordedFileChange> {
  const fileAction = parseAction(input.action)
  const [firstLine, lastLine] = parseLineRange(input.line_range ?? '')
  const lineCounts = countDiffLines(input.diff ?? '')
  const storedDiff = clipText(input.diff ?? '', MAX_DIFF_LENGTH)
  const relatedFiles = input.related_files ?? []
  return recordInSession(context, input.project_id, async ({ session, ...recording }) => {
    const recordedChange = {
      change_id: newRecordId('change'),
      session_id: session.session_id,
      file_path: input.file_path,
      action: fileAction,
      ...lineCounts
    }
    const memoryId = await storeRecordMemory(
      { ...recording, session },
      {
        key: recordedChange.change_id,
        value: changeText(input, fileAction, storedDiff),
        type: 'coding_file_change',
        importance: 0.4,
        relation: 'includes',
        files: [input.file_path, ...relatedFiles]
      }
    )
    await insertFileChange(recording.trx, context.principal.user_id, {
      ...recordedChange,
      project_id: input.project_id,
      diff: storedDiff,
      reason: input.reason,
      related_files: JSON.stringify(relatedFiles),
      first_line: firstLine ?? null,
      last_line: lastLine ?? null,
      memory_id: memoryId,
      source: JSON.stringify(context.principal.source),
      created_at: recording.at
    })
    return recordedChange
  })
}

function changeText(input: FileChangeInput, action: FileAction, diff: string): string {
  const { related_files: relatedFiles = [] } = input
  return [
    `${pastActions[action]} ${input.file_path} in ${input.project_id}: ${input.reason}`,
    ...(relatedFiles.length > 0 ? [`Related files: ${relatedFiles.join(', ')}`] : []),
    ...(diff ? ['', diff] : [])
  ].join('\n')
}

/** Throws ToolError for an action that is not known. */
function parseAction(text: string): FileAction {
  const actionWord = text.trim().toLowerCase()
  const fileAction =
    fileActions.find((name) => name === actionWord) ?? actionSynonyms.get(actionWord)
  if (fileAction) return fileAction
  throw new ToolError(
    `action must be one of ${fileActions.join(', ')}, not "${text}". Correct it and call again.`
  )
}

/** Reads `10`, `10,25`, `10-25` and `[10, 25]`; an empty text has no lines. Throws ToolError. */
function parseLineRange(range: string): [number?, number?] {
  if (range.trim() === '') return []
  const rangePattern = /^[[(]?(\d{1,9})(?:[,:–-](\d{1,9}))?[\])]?$/
  const [, firstLine, lastLine = firstLine] = rangePattern.exec(range.replace(/\s/g, '')) ?? []
  if (firstLine === undefined || Number(lastLine) < Number(firstLine)) {
    throw new ToolError(
      'line_range must be the first and the last line, such as "10,25", ' +
        `not "${clipText(range, 40)}". Correct it and call again.`
    )
  }
  return [Number(firstLine), Number(lastLine)]
}

/** Lines that a unified diff adds and removes; its file headers are not counted. */
function countDiffLines(diff: string): { lines_added: number; lines_removed: number } {
  const diffLines = diff.split('\n')
  return {
    lines_added: diffLines.filter((line) => line.startsWith('+') && !line.startsWith('+++ '))
      .length,
    lines_removed: diffLines.filter((line) => line.startsWith('-') && !line.startsWith('--- '))
      .length
  }
}
