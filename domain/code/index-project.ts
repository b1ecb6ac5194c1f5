import { listCodeFiles } from '../../db/code/files.ts'
import { findCodeProject } from '../../db/code/projects.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { projectPath } from './fields.ts'
import { grammarByLanguage } from './grammars/index.ts'
import { languageOfFile } from './languages.ts'
import {
  hashOf,
  type IndexableFile,
  isDamaged,
  judgeFiles,
  listRefused,
  type ParsedFile,
  readSentFiles,
  refuseLargeCall
} from './sent-files.ts'
import { INDEX_VERSION, writeIndex } from './write-index.ts'

type SentFile = Parameters<typeof judgeFiles>[0][number]

/** A batch of files to index. A file without content is compared by its hash. */
export interface IndexInput {
  project_id: string
  files?: SentFile[]
  /** Paths to remove from the index. */
  removed?: string[]
  /** Whether all files that were not sent are removed. */
  complete?: boolean
}

/** What became of a batch. */
export interface IndexResult {
  /** Numbers of files. */
  indexed: number
  unchanged: number
  removed: number
  /** Paths whose content must be sent. */
  needed: string[]
  /** Paths that were indexed as lines, though there is a grammar for their language. */
  as_lines: string[]
  /** Paths that were not indexed, with the reason of each. */
  refused: Map<string, string>
  /** Paths with characters that were not UTF-8 when the client read them. */
  damaged: string[]
  /** Files that the project has now. */
  files: number
}

/**
 * Indexes a batch of files in one transaction. Throws ToolError when nothing can be indexed, and
 * when the batch, the quota or the call's time is exceeded.
 */
export async function indexProject(context: CallContext, input: IndexInput): Promise<IndexResult> {
  const { project_id: projectId, files = [], removed = [], complete = false } = input
  if (files.length + removed.length === 0 && !complete) {
    throw new ToolError(
      'Nothing was sent. Give files with path and content; or all paths with sha256 and ' +
        'complete: true, to learn which contents are needed.'
    )
  }
  const { usable, refused } = judgeFiles(files)
  if (refused.size > 0 && usable.length + removed.length === 0 && !complete) {
    throw new ToolError(
      `Nothing of this can be indexed: ${listRefused(refused)}. Leave such files out.`
    )
  }
  const sentFiles = new Map(usable.map((file) => [file.path, indexableFile(file)]))
  const removedPaths = removed.map(projectPath).filter((path) => !sentFiles.has(path))
  refuseLargeCall([...sentFiles.values()])
  const changedFiles = await listChangedFiles(context, projectId, sentFiles)
  const parsedFiles = await readSentFiles(changedFiles, context)
  for (const path of unparsedPaths(changedFiles, parsedFiles)) {
    refused.set(path, 'reading took too long')
  }
  const { usage, dropped } = await context.db.transaction().execute((trx) =>
    writeIndex(trx, context, projectId, {
      read: parsedFiles,
      gone: [...removedPaths, ...refused.keys()],
      keep: complete ? [...sentFiles.keys()] : undefined
    })
  )
  return {
    indexed: parsedFiles.length,
    unchanged: sentFiles.size - changedFiles.length,
    removed: dropped,
    needed: changedFiles.filter(({ content }) => content === undefined).map(({ path }) => path),
    as_lines: parsedFiles.filter(isGrammarUnused).map(({ path }) => path),
    refused,
    damaged: parsedFiles.filter(({ content }) => isDamaged(content)).map(({ path }) => path),
    files: usage.files
  }
}

/** The hash of damaged content is the one that the client sends: it has the file's bytes. */
function indexableFile({ path, content, language, sha256 }: SentFile): IndexableFile {
  const isHashSent = content === undefined || (isDamaged(content) && sha256)
  const contentHash = isHashSent ? sha256?.toLowerCase() : hashOf(content)
  return { path, language: languageOfFile(path, language), content, hash: contentHash }
}

/** The files that the index does not have in this version, in the order in which they were sent. */
async function listChangedFiles(
  { db, principal }: CallContext,
  projectId: string,
  sentFiles: ReadonlyMap<string, IndexableFile>
): Promise<IndexableFile[]> {
  const userId = principal.user_id
  const project = await findCodeProject(db, userId, projectId)
  const indexedFiles = project
    ? await listCodeFiles(db, userId, project.project_no, [...sentFiles.keys()])
    : []
  const indexedByPath = new Map(indexedFiles.map((file) => [file.path, file]))
  return [...sentFiles.values()].filter(({ path, language, content, hash }) => {
    const indexedFile = indexedByPath.get(path)
    const isUnchanged =
      indexedFile?.index_version === INDEX_VERSION &&
      (hash === undefined || hash === indexedFile.content_hash) &&
      (content === undefined || language === indexedFile.language)
    return !isUnchanged
  })
}

/** The files with content that were not read. */
function unparsedPaths(
  changedFiles: readonly IndexableFile[],
  parsedFiles: readonly ParsedFile[]
): string[] {
  const parsedPaths = new Set(parsedFiles.map(({ path }) => path))
  return changedFiles
    .filter(({ path, content }) => content !== undefined && !parsedPaths.has(path))
    .map(({ path }) => path)
}

function isGrammarUnused({ reading, language }: ParsedFile): boolean {
  return !reading.parsed && Object.hasOwn(grammarByLanguage, language)
}
