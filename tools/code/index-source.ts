import { Type } from 'typebox'
import { indexProject } from '../../domain/code/index-project.ts'
import { MAX_CALL_FILES, MAX_LISTED_PATHS } from '../../domain/code/sent-files.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, SourcePath } from './fields.ts'

const DAMAGED_NOTE =
  'indexed, but U+FFFD stands for what was not UTF-8 when it was read. ' +
  'Convert it, or send sha256 of its bytes with it.'

const UNLISTED_DAMAGED = 'indexed with U+FFFD for what was not UTF-8'

const SourceFile = Type.Object(
  {
    path: SourcePath,
    content: Type.Optional(Type.String()),
    language: Type.Optional(Type.String({ maxLength: 30 })),
    sha256: Type.Optional(Type.String({ maxLength: 64 }))
  },
  closed
)

export const codingIndexSourceCode = tool({
  name: 'coding_index_source_code',
  title: 'Index source code',
  description:
    'Indexes files of a project, in batches of up to 2 MiB. Use it before ' +
    'coding_search_source_code and after changes. To sync: all paths with sha256 and ' +
    'complete: true, then the content of what is `needed`.',
  example: {
    project_id: 'shop',
    files: [{ path: 'src/price.ts', content: 'export const tax = 7' }]
  },
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  judgesNul: ['files'],
  input: Type.Object(
    {
      project_id: ProjectId,
      files: Type.Optional(
        Type.Array(SourceFile, {
          maxItems: 20_000,
          description: `Files of the project, ${MAX_CALL_FILES} with content at most.`
        })
      ),
      removed: Type.Optional(
        Type.Array(SourcePath, { maxItems: 20_000, description: 'Paths of files to forget.' })
      ),
      complete: Type.Optional(Type.Boolean({ description: 'Whether to forget all other files.' }))
    },
    closed
  ),
  emptyTexts: ['files.content'],
  output: Type.Object(
    {
      indexed: Type.Integer(),
      unchanged: Type.Integer(),
      removed: Type.Integer(),
      needed: Type.Array(Type.String()),
      as_lines: Type.Array(Type.String()),
      unreadable: Type.Array(Type.String()),
      notes: Type.Optional(Type.Array(Type.String())),
      files: Type.Integer()
    },
    closed
  ),
  async run(input, context) {
    const { refused, damaged, ...result } = await indexProject(context, input)
    const refusedNotes = [...refused].map(([path, reason]) => `${path}: not indexed, ${reason}.`)
    const damagedNotes = damaged.map((path) => `${path}: ${DAMAGED_NOTE}`)
    const pathNotes = [...refusedNotes, ...damagedNotes].slice(0, MAX_LISTED_PATHS)
    const unlistedDamaged = refused.size + damaged.length - MAX_LISTED_PATHS
    const notes = [
      ...pathNotes,
      ...moreNote(refused.size - MAX_LISTED_PATHS, 'not indexed'),
      ...moreNote(Math.min(damaged.length, unlistedDamaged), UNLISTED_DAMAGED),
      ...moreNote(result.as_lines.length - MAX_LISTED_PATHS, 'not read by a grammar')
    ]
    return {
      ...result,
      as_lines: result.as_lines.slice(0, MAX_LISTED_PATHS),
      unreadable: [...refused.keys()].slice(0, MAX_LISTED_PATHS),
      ...(notes.length > 0 && { notes })
    }
  },
  text({ needed, as_lines: asLines, unreadable, notes = [], ...counts }) {
    const neededFiles = needed.length === 1 ? 'this' : `these ${needed.length}`
    return [
      `✅ Indexed ${counts.indexed}, unchanged ${counts.unchanged}, removed ${counts.removed}. ` +
        `The project has ${counts.files} files.`,
      ...pathsLine(`Send the content of ${neededFiles}`, needed),
      ...pathsLine('Searchable, but not read by a grammar', asLines),
      ...pathsLine('Not indexed', unreadable),
      ...notes.map((note) => `- ${note}`)
    ].join('\n')
  }
})

/** Counts the files that a list of the answer has no place for; no note without them. */
function moreNote(fileCount: number, state: string): string[] {
  if (fileCount <= 0) return []
  return [`${fileCount} more ${fileCount === 1 ? 'file was' : 'files were'} ${state}.`]
}

/** The first of the paths in one line; no line without paths. */
function pathsLine(title: string, paths: string[]): string[] {
  if (paths.length === 0) return []
  const leftOut = paths.length - MAX_LISTED_PATHS
  const listedPaths = paths.slice(0, MAX_LISTED_PATHS).join(', ')
  return [`- ${title}: ${listedPaths}${leftOut > 0 ? ` and ${leftOut} more` : ''}`]
}
