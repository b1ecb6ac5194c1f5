import { Type } from 'typebox'
import { insertFileChange } from '../../db/coding/file-changes.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { clipped, closed, FilePath, Files, newId, Project } from '../../domain/coding/fields.ts'
import { recording, remember } from '../../domain/coding/record.ts'

/** Characters of a diff that are kept. */
const DIFF_KEPT = 20_000

const actions = ['create', 'edit', 'delete', 'rename', 'refactor', 'test'] as const
type Action = (typeof actions)[number]
const synonyms = new Map<string, Action>(
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
export const done: Record<string, string> = {
  create: 'Created',
  edit: 'Edited',
  delete: 'Deleted',
  rename: 'Renamed',
  refactor: 'Refactored',
  test: 'Tested'
}

export const trackFileChange = tool({
  name: 'coding_track_file_change',
  title: 'Record a file change',
  description:
    'Records a file change in the active session, with its reason. Call it after each change that a colleague would want to know of.',
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
      file_path: FilePath,
      action: Type.String({ maxLength: 20, description: `${actions.join(', ')}.` }),
      diff: Type.Optional(
        Type.String({
          maxLength: 200_000,
          description: `Unified; ${DIFF_KEPT} characters are kept.`
        })
      ),
      reason: Type.String({ minLength: 1, maxLength: 5000, description: 'Why.' }),
      related_files: Type.Optional(Files),
      line_range: Type.Optional(Type.String({ maxLength: 40, description: 'As "10,25".' }))
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
  async run(
    {
      project_id: project,
      file_path: path,
      action: named,
      diff = '',
      reason,
      related_files: related = [],
      line_range: range = ''
    },
    context
  ) {
    const action = actionOf(named)
    const [first, last] = linesOf(range)
    const lines = linesIn(diff)
    const id = newId('change')
    const kept = clipped(diff, DIFF_KEPT)
    return recording(context, project, async (record) => {
      const { session, at, trx } = record
      const value = [
        `${done[action]} ${path} in ${project}: ${reason}`,
        ...(related.length > 0 ? [`Related files: ${related.join(', ')}`] : []),
        ...(kept ? ['', kept] : [])
      ].join('\n')
      const memoryId = await remember(record, {
        key: id,
        value,
        type: 'coding_file_change',
        importance: 0.4,
        relation: 'includes',
        files: [path, ...related]
      })
      await insertFileChange(trx, context.principal.user_id, {
        change_id: id,
        project_id: project,
        session_id: session.session_id,
        file_path: path,
        action,
        diff: kept,
        reason,
        related_files: JSON.stringify(related),
        first_line: first ?? null,
        last_line: last ?? null,
        lines_added: lines.added,
        lines_removed: lines.removed,
        memory_id: memoryId,
        source: JSON.stringify(context.principal.source),
        created_at: at
      })
      return {
        change_id: id,
        session_id: session.session_id,
        file_path: path,
        action,
        lines_added: lines.added,
        lines_removed: lines.removed
      }
    })
  },
  text: ({ change_id: id, file_path: path, action, lines_added: added, lines_removed: removed }) =>
    `✅ ${done[action]} ${path}: recorded as ${id}${added + removed > 0 ? ` (+${added} -${removed} lines)` : ''}.`
})

/** Throws ToolError. */
function actionOf(named: string): Action {
  const word = named.trim().toLowerCase()
  const action = actions.find((one) => one === word) ?? synonyms.get(word)
  if (!action) {
    throw new ToolError(
      `action must be one of ${actions.join(', ')}, not "${named}". Correct it and call again.`
    )
  }
  return action
}

/** `10`, `10,25`, `10-25`, `[10, 25]`; nothing for an empty text. Throws ToolError. */
function linesOf(range: string): [number?, number?] {
  if (range.trim() === '') return []
  const [, first, last = first] =
    /^[[(]?(\d{1,9})(?:[,:–-](\d{1,9}))?[\])]?$/.exec(range.replace(/\s/g, '')) ?? []
  if (first === undefined || Number(last) < Number(first)) {
    throw new ToolError(
      `line_range must be the first and the last line, such as "10,25", not "${clipped(range, 40)}". Correct it and call again.`
    )
  }
  return [Number(first), Number(last)]
}

/** Lines that a unified diff adds and removes. */
function linesIn(diff: string): { added: number; removed: number } {
  const lines = diff.split('\n')
  return {
    added: lines.filter((line) => line.startsWith('+') && !line.startsWith('+++ ')).length,
    removed: lines.filter((line) => line.startsWith('-') && !line.startsWith('--- ')).length
  }
}
