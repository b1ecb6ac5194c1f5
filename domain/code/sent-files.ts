import { createHash } from 'node:crypto'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { projectPath } from './fields.ts'
import { readSource } from './reader.ts'
import type { SourceReading } from './reading.ts'

/** Limits of one call. Other calls wait for its transaction. */
export const MAX_CALL_FILES = 500
const MAX_CALL_BYTES = 2 * 1024 * 1024
/** Paths listed in an answer. */
export const MAX_LISTED_PATHS = 100

/** A file that can be indexed. Without content the index may know it by its hash. */
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

/** A file as the client sends it. */
interface SentFile {
  path: string
  content?: string
  language?: string
  sha256?: string
}

/**
 * Separates files that can be indexed from those that cannot, with the reasons. One bad file does
 * not refuse the call.
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

/** Lists the first refused files with their reasons. */
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
  if (byteCount > MAX_CALL_BYTES) {
    return `it has ${byteCount} bytes; a file may have ${MAX_CALL_BYTES}`
  }
  try {
    projectPath(path)
    return undefined
  } catch (error) {
    if (error instanceof ToolError) return error.message.replace(/\.$/, '')
    throw error
  }
}

/** Whether the client read a file that is not UTF-8. */
export function isDamaged(content: string): boolean {
  return content.includes('\ufffd')
}

/** SHA-256 of the content, in hexadecimal digits. */
export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Throws ToolError if the contents are too many or too large for one call. */
export function refuseLargeCall(files: readonly IndexableFile[]): void {
  const contentFiles = files.filter(({ content }) => content !== undefined)
  const byteCount = contentFiles.reduce((sum, { content }) => sum + Buffer.byteLength(content!), 0)
  if (contentFiles.length > MAX_CALL_FILES || byteCount > MAX_CALL_BYTES) {
    throw new ToolError(
      `These are ${contentFiles.length} files with ${byteCount} bytes; one call takes up to ` +
        `${MAX_CALL_FILES} files and ${MAX_CALL_BYTES} bytes. ` +
        'Send them in smaller batches, and leave out generated files.'
    )
  }
}

/** Milliseconds between two reports of progress. */
const REPORT_MS = 200

/** Parses the files that have content. Throws ToolError when the time of the call is over. */
export async function readSentFiles(
  files: readonly IndexableFile[],
  { signal, progress }: CallContext
): Promise<ParsedFile[]> {
  const parsedFiles: ParsedFile[] = []
  const contentFiles = files.filter(({ content }) => content !== undefined)
  let reportedAt = -Infinity
  for (const [count, indexableFile] of contentFiles.entries()) {
    if (performance.now() - reportedAt >= REPORT_MS) {
      progress?.(count, contentFiles.length, `Reading ${indexableFile.path}`)
      reportedAt = performance.now()
    }
    const sourceReading = await readSource(
      {
        path: indexableFile.path,
        language: indexableFile.language,
        content: indexableFile.content!
      },
      signal
    )
    if (signal.aborted) {
      throw new ToolError(
        'The time was too short to read all of these files. Send smaller batches.'
      )
    }
    if (sourceReading) parsedFiles.push({ ...indexableFile, reading: sourceReading } as ParsedFile)
  }
  return parsedFiles
}
