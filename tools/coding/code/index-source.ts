import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import {
  deleteCodeFiles,
  deleteCodeFilesExcept,
  insertCodeFiles,
  listCodeFiles
} from '../../../db/code-files.ts'
import { insertCodePieces } from '../../../db/code-pieces.ts'
import { insertCodePostings } from '../../../db/code-postings.ts'
import {
  findCodeProject,
  findCodeUsage,
  holdCodeProject,
  recountCodeProject
} from '../../../db/code-projects.ts'
import type { Trx } from '../../../db/connect.ts'
import { tool, type ToolContext, ToolError } from '../../tool.ts'
import { closed, FilePath, pathOf, Project } from './fields.ts'
import { grammars } from './grammars/index.ts'
import { languageOf } from './languages.ts'
import { readSource } from './reader.ts'
import type { Reading } from './reading.ts'

/** One call: as much as is written in a transaction that others can wait for. */
const MOST_FILES = 500
const MOST_BYTES = 2 * 1024 * 1024
/** Raised when what is kept of a file changes: it is read anew then. */
const INDEX_VERSION = 3
/** Paths that an answer names. */
const NAMED = 100
const NOT_UTF8 =
  'indexed, but U+FFFD stands for what was not UTF-8 when it was read. Convert it, or send sha256 of its bytes with it.'

interface Sent {
  path: string
  language: string
  content: string | undefined
  hash: string | undefined
}
interface Read extends Sent {
  content: string
  hash: string
  reading: Reading
}

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
      project_id: Project,
      files: Type.Optional(
        Type.Array(
          Type.Object(
            {
              path: FilePath,
              content: Type.Optional(Type.String()),
              language: Type.Optional(Type.String({ maxLength: 30 })),
              sha256: Type.Optional(Type.String({ maxLength: 64 }))
            },
            closed
          ),
          { maxItems: 20_000, description: `${MOST_FILES} with content.` }
        )
      ),
      removed: Type.Optional(
        Type.Array(FilePath, { maxItems: 20_000, description: 'Paths to forget.' })
      ),
      complete: Type.Optional(Type.Boolean({ description: 'Forget all other files.' }))
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
    const { usable, refused } = sorted(files)
    if (refused.size > 0 && usable.length + removed.length === 0 && !complete) {
      throw new ToolError(
        `Nothing of this can be indexed: ${named(refused)}. Leave such files out.`
      )
    }
    const sent = new Map(
      usable.map(({ path, content, language, sha256 }) => {
        const hash =
          content === undefined || (isDamaged(content) && sha256)
            ? sha256?.toLowerCase()
            : hashOf(content)
        return [path, { path, language: languageOf(path, language), content, hash }]
      })
    )
    const gone = removed.map(pathOf).filter((path) => !sent.has(path))
    refuseLarge([...sent.values()])
    const project = await findCodeProject(db, userId, projectId)
    const known = new Map(
      project
        ? (await listCodeFiles(db, userId, project.project_no, [...sent.keys()])).map((file) => [
            file.path,
            file
          ])
        : []
    )
    const isKnown = ({ path, language, content, hash }: Sent) => {
      const file = known.get(path)
      return (
        file?.index_version === INDEX_VERSION &&
        (hash === undefined || hash === file.content_hash) &&
        (content === undefined || language === file.language)
      )
    }
    const changed = [...sent.values()].filter((file) => !isKnown(file))
    const read = await readAll(changed, context)
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
      write(trx, context, projectId, {
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
        .filter(({ reading, language }) => !reading.parsed && Object.hasOwn(grammars, language))
        .map(({ path }) => path)
        .slice(0, NAMED),
      unreadable,
      ...(notes.length > 0 && { notes: notes.slice(0, NAMED) }),
      files: usage.files
    }
  },
  text({ indexed, unchanged, removed, needed, as_lines: asLines, unreadable, notes = [], files }) {
    const list = (paths: string[]) =>
      `${paths.slice(0, NAMED).join(', ')}${paths.length > NAMED ? ` and ${paths.length - NAMED} more` : ''}`
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

interface SentFile {
  path: string
  content?: string
  language?: string
  sha256?: string
}

/**
 * The files that can be indexed, and why others cannot: one of these is no reason to refuse all.
 */
function sorted(files: readonly SentFile[]): { usable: SentFile[]; refused: Map<string, string> } {
  const refused = new Map<string, string>()
  const usable = files.flatMap((file) => {
    const fault = faultOf(file)
    if (fault === undefined) return [{ ...file, path: pathOf(file.path) }]
    refused.set(file.path.replaceAll('\0', '?'), fault)
    return []
  })
  return { usable, refused }
}

/** The first of these with their reasons. */
function named(refused: Map<string, string>): string {
  return [...refused]
    .slice(0, NAMED)
    .map(([path, fault]) => `${path} (${fault})`)
    .join(', ')
}

function faultOf({ path, content = '', language = '' }: SentFile): string | undefined {
  if (path.includes('\0')) return 'its path contains the NUL character'
  if (content.includes('\0')) return 'it contains the NUL character, as binary files do'
  if (language.includes('\0')) return 'its language contains the NUL character'
  const bytes = Buffer.byteLength(content)
  if (bytes > MOST_BYTES) return `it has ${bytes} bytes; a file may have ${MOST_BYTES}`
  try {
    pathOf(path)
    return undefined
  } catch (error) {
    if (error instanceof ToolError) return error.message.replace(/\.$/, '')
    throw error
  }
}

/** What was not UTF-8 when the client read it. */
function isDamaged(content: string): boolean {
  return content.includes('\ufffd')
}

function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

function refuseLarge(files: readonly Sent[]): void {
  const contents = files.filter(({ content }) => content !== undefined)
  const bytes = contents.reduce((sum, { content }) => sum + Buffer.byteLength(content!), 0)
  if (contents.length > MOST_FILES || bytes > MOST_BYTES) {
    throw new ToolError(
      `These are ${contents.length} files with ${bytes} bytes; one call takes up to ${MOST_FILES} files and ${MOST_BYTES} bytes. Send them in smaller batches, and leave out generated files.`
    )
  }
}

/** Reads those that have content. Throws ToolError when the call's time is up. */
async function readAll(files: readonly Sent[], { signal }: ToolContext): Promise<Read[]> {
  const read: Read[] = []
  for (const file of files) {
    if (file.content === undefined) continue
    const reading = await readSource(
      { path: file.path, language: file.language, content: file.content },
      signal
    )
    if (signal.aborted) {
      throw new ToolError('There was no time to read all of these files. Send smaller batches.')
    }
    if (reading) read.push({ ...file, reading } as Read)
  }
  return read
}

interface Work {
  read: readonly Read[]
  gone: readonly string[]
  /** The only ones that stay. */
  keep: readonly string[] | undefined
}

/**
 * Throws ToolError over the quota: what others of the user's projects are growing by at this
 * instant is not seen.
 */
async function write(
  trx: Trx,
  { principal: { user_id: userId }, codeQuota: quota }: ToolContext,
  projectId: string,
  { read, gone, keep }: Work
) {
  const no = await holdCodeProject(trx, userId, projectId)
  const before = await findCodeUsage(trx, userId)
  let dropped = await deleteCodeFiles(trx, userId, no, gone)
  if (keep) dropped += await deleteCodeFilesExcept(trx, userId, no, keep)
  await deleteCodeFiles(
    trx,
    userId,
    no,
    read.map(({ path }) => path)
  )
  const numbers = await insertCodeFiles(
    trx,
    userId,
    no,
    read.map(({ path, language, content, hash, reading }) => ({
      path,
      language,
      content_hash: hash,
      index_version: INDEX_VERSION,
      bytes: Buffer.byteLength(content),
      lines: reading.lines,
      parsed: reading.parsed,
      symbols: JSON.stringify(reading.symbols),
      imports: JSON.stringify(reading.imports),
      provides: JSON.stringify(reading.provides)
    }))
  )
  const usage = await recountCodeProject(trx, userId, no)
  refuseOverQuota(before, await findCodeUsage(trx, userId), quota)
  await insertCodePieces(
    trx,
    userId,
    no,
    read.flatMap(({ path, reading }) =>
      reading.pieces.map((piece, i) => ({ ...piece, file_no: numbers.get(path)!, piece_no: i + 1 }))
    )
  )
  await insertCodePostings(
    trx,
    userId,
    no,
    read.flatMap(({ path, reading }) =>
      reading.postings.map(([term, hits]) => ({ term, file_no: numbers.get(path)!, hits }))
    )
  )
  return { usage, dropped }
}

function refuseOverQuota(
  before: { files: number; bytes: number },
  after: { files: number; bytes: number },
  quota: { files: number; bytes: number }
): void {
  for (const [what, setting] of [
    ['files', 'CODE_QUOTA_FILES'],
    ['bytes', 'CODE_QUOTA_BYTES']
  ] as const) {
    if (after[what] <= quota[what] || after[what] <= before[what]) continue
    throw new ToolError(
      `The quota of ${quota[what]} ${what} of source code is used up, and nothing of this call was indexed. Leave out generated and vendored files, forget projects with complete: true and no files, or ask the administrator for more (${setting}).`
    )
  }
}
