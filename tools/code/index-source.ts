import { Type } from 'typebox'
import { listCodeFiles } from '../../db/code/files.ts'
import { findCodeProject } from '../../db/code/projects.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { closedObject, FilePath, projectPath, ProjectField } from '../../domain/code/fields.ts'
import { grammarByLanguage } from '../../domain/code/grammars/index.ts'
import { languageOfFile } from '../../domain/code/languages.ts'
import {
  hashOf,
  isDamaged,
  judgeFiles,
  listRefused,
  MAX_CALL_FILES,
  MAX_LISTED_PATHS,
  readSentFiles,
  refuseLargeCall,
  type IndexableFile
} from '../../domain/code/sent-files.ts'
import { INDEX_VERSION, writeIndex } from '../../domain/code/write-index.ts'

const NOT_UTF8 =
  'indexed, but U+FFFD stands for what was not UTF-8 when it was read. Convert it, or send sha256 of its bytes with it.'

export const indexSource = tool({
  name: 'coding_index_source_code',
  title: 'Index source code',
  description:
    'Indexes files of a project for search and analysis, in batches of up to 2 MiB. To sync: all paths with sha256 and complete: true, then the content of what is `needed`.',
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
      project_id: ProjectField,
      files: Type.Optional(
        Type.Array(
          Type.Object(
            {
              path: FilePath,
              content: Type.Optional(Type.String()),
              language: Type.Optional(Type.String({ maxLength: 30 })),
              sha256: Type.Optional(Type.String({ maxLength: 64 }))
            },
            closedObject
          ),
          { maxItems: 20_000, description: `${MAX_CALL_FILES} with content.` }
        )
      ),
      removed: Type.Optional(
        Type.Array(FilePath, { maxItems: 20_000, description: 'Paths to forget.' })
      ),
      complete: Type.Optional(Type.Boolean({ description: 'Forget all other files.' }))
    },
    closedObject
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
    closedObject
  ),
  async run({ project_id: projectId, files = [], removed = [], complete = false }, context) {
    const {
      db,
      principal: { user_id: userId }
    } = context
    if (files.length + removed.length === 0 && !complete) {
      throw new ToolError(
        'Nothing was sent. Give files with path and content; or all paths with sha256 and complete: true, to learn which contents are needed.'
      )
    }
    const { usable, refused } = judgeFiles(files)
    if (refused.size > 0 && usable.length + removed.length === 0 && !complete) {
      throw new ToolError(
        `Nothing of this can be indexed: ${listRefused(refused)}. Leave such files out.`
      )
    }
    const sent = new Map(
      usable.map(({ path, content, language, sha256 }) => {
        const hash =
          content === undefined || (isDamaged(content) && sha256)
            ? sha256?.toLowerCase()
            : hashOf(content)
        return [path, { path, language: languageOfFile(path, language), content, hash }]
      })
    )
    const gone = removed.map(projectPath).filter((path) => !sent.has(path))
    refuseLargeCall([...sent.values()])
    const project = await findCodeProject(db, userId, projectId)
    const known = new Map(
      project
        ? (await listCodeFiles(db, userId, project.project_no, [...sent.keys()])).map((file) => [
            file.path,
            file
          ])
        : []
    )
    const isKnown = ({ path, language, content, hash }: IndexableFile) => {
      const file = known.get(path)
      return (
        file?.index_version === INDEX_VERSION &&
        (hash === undefined || hash === file.content_hash) &&
        (content === undefined || language === file.language)
      )
    }
    const changed = [...sent.values()].filter((file) => !isKnown(file))
    const read = await readSentFiles(changed, context)
    const slow = changed
      .filter(
        ({ path, content }) => content !== undefined && !read.some((file) => file.path === path)
      )
      .map(({ path }) => path)
    for (const path of slow) refused.set(path, 'reading took too long')
    const unreadable = [...refused.keys()]
    const damaged = read.filter(({ content }) => isDamaged(content)).map(({ path }) => path)
    const notes = [
      ...[...refused].map(([path, fault]) => `${path}: not indexed, ${fault}.`),
      ...damaged.map((path) => `${path}: ${NOT_UTF8}`)
    ]
    const { usage, dropped } = await db.transaction().execute((trx) =>
      writeIndex(trx, context, projectId, {
        read,
        gone: [...gone, ...unreadable],
        keep: complete ? [...sent.keys()] : undefined
      })
    )
    return {
      indexed: read.length,
      unchanged: sent.size - changed.length,
      removed: dropped,
      needed: changed.filter(({ content }) => content === undefined).map(({ path }) => path),
      as_lines: read
        .filter(
          ({ reading, language }) => !reading.parsed && Object.hasOwn(grammarByLanguage, language)
        )
        .map(({ path }) => path)
        .slice(0, MAX_LISTED_PATHS),
      unreadable,
      ...(notes.length > 0 && { notes: notes.slice(0, MAX_LISTED_PATHS) }),
      files: usage.files
    }
  },
  text({ indexed, unchanged, removed, needed, as_lines: asLines, unreadable, notes = [], files }) {
    const list = (paths: string[]) =>
      `${paths.slice(0, MAX_LISTED_PATHS).join(', ')}${paths.length > MAX_LISTED_PATHS ? ` and ${paths.length - MAX_LISTED_PATHS} more` : ''}`
    return [
      `✅ Indexed ${indexed}, unchanged ${unchanged}, removed ${removed}. The project has ${files} files.`,
      ...(needed.length > 0
        ? [
            `- Send the content of ${needed.length === 1 ? 'this' : `these ${needed.length}`}: ${list(needed)}`
          ]
        : []),
      ...(asLines.length > 0 ? [`- Searchable, but not read by a grammar: ${list(asLines)}`] : []),
      ...(unreadable.length > 0 ? [`- Not indexed: ${list(unreadable)}`] : []),
      ...notes.map((note) => `- ${note}`)
    ].join('\n')
  }
})
