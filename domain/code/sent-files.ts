import { createHash } from 'node:crypto'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { projectPath } from './fields.ts'
import { readSource } from './reader.ts'
import type { SourceReading } from './reading.ts'

/** One call: as much as is written in a transaction that others can wait for. */
export const MAX_CALL_FILES = 500
const MAX_CALL_BYTES = 2 * 1024 * 1024
/** Paths that an answer names. */
export const MAX_LISTED_PATHS = 100

/** What can be indexed; without content it may be known already. */
export interface IndexableFile {
  path: string
  language: string
  content: string | undefined
  hash: string | undefined
}

export interface ParsedFile extends IndexableFile {
  content: string
  hash: string
  reading: SourceReading
}

/** As the client sends it. */
interface SentFile {
  path: string
  content?: string
  language?: string
  sha256?: string
}

/**
 * The files that can be indexed, and why others cannot: one of these is no reason to refuse all.
 */
export function judgeFiles(files: readonly SentFile[]): {
  usable: SentFile[]
  refused: Map<string, string>
} {
  const refusedFiles = new Map<string, string>()
  const usableFiles = files.flatMap((file) => {
    const fileFault = faultOf(file)
    if (fileFault === undefined) return [{ ...file, path: projectPath(file.path) }]
    refusedFiles.set(file.path.replaceAll('\0', '?'), fileFault)
    return []
  })
  return { usable: usableFiles, refused: refusedFiles }
}

/** The first of these with their reasons. */
export function listRefused(refused: Map<string, string>): string {
  return [...refused]
    .slice(0, MAX_LISTED_PATHS)
    .map(([path, fault]) => `${path} (${fault})`)
    .join(', ')
}

function faultOf({ path, content = '', language = '' }: SentFile): string | undefined {
  if (path.includes('\0')) return 'its path contains the NUL character'
  if (content.includes('\0')) return 'it contains the NUL character, as binary files do'
  if (language.includes('\0')) return 'its language contains the NUL character'
  const byteCount = Buffer.byteLength(content)
  if (byteCount > MAX_CALL_BYTES)
    return `it has ${byteCount} bytes; a file may have ${MAX_CALL_BYTES}`
  try {
    projectPath(path)
    return undefined
  } catch (error) {
    if (error instanceof ToolError) return error.message.replace(/\.$/, '')
    throw error
  }
}

/** What was not UTF-8 when the client read it. */
export function isDamaged(content: string): boolean {
  return content.includes('\ufffd')
}

export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

export function refuseLargeCall(files: readonly IndexableFile[]): void {
  const contentFiles = files.filter(({ content }) => content !== undefined)
  const byteCount = contentFiles.reduce((sum, { content }) => sum + Buffer.byteLength(content!), 0)
  if (contentFiles.length > MAX_CALL_FILES || byteCount > MAX_CALL_BYTES) {
    throw new ToolError(
      `These are ${contentFiles.length} files with ${byteCount} bytes; one call takes up to ${MAX_CALL_FILES} files and ${MAX_CALL_BYTES} bytes. Send them in smaller batches, and leave out generated files.`
    )
  }
}

/** Reads those that have content. Throws ToolError when the call's time is up. */
export async function readSentFiles(
  files: readonly IndexableFile[],
  { signal }: CallContext
): Promise<ParsedFile[]> {
  const parsedFiles: ParsedFile[] = []
  for (const indexableFile of files) {
    if (indexableFile.content === undefined) continue
    const sourceReading = await readSource(
      {
        path: indexableFile.path,
        language: indexableFile.language,
        content: indexableFile.content
      },
      signal
    )
    if (signal.aborted) {
      throw new ToolError('There was no time to read all of these files. Send smaller batches.')
    }
    if (sourceReading) parsedFiles.push({ ...indexableFile, reading: sourceReading } as ParsedFile)
  }
  return parsedFiles
}
