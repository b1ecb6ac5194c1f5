import { createHash } from 'node:crypto'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { pathOf } from './fields.ts'
import { readSource } from './reader.ts'
import type { Reading } from './reading.ts'

/** One call: as much as is written in a transaction that others can wait for. */
export const MAX_FILES = 500
const MAX_BYTES = 2 * 1024 * 1024
/** Paths that an answer names. */
export const NAMED = 100

/** What can be indexed; without content it may be known already. */
export interface Sent {
  path: string
  language: string
  content: string | undefined
  hash: string | undefined
}

export interface Read extends Sent {
  content: string
  hash: string
  reading: Reading
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
export function listRefused(refused: Map<string, string>): string {
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
  if (bytes > MAX_BYTES) return `it has ${bytes} bytes; a file may have ${MAX_BYTES}`
  try {
    pathOf(path)
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

export function refuseLarge(files: readonly Sent[]): void {
  const contents = files.filter(({ content }) => content !== undefined)
  const bytes = contents.reduce((sum, { content }) => sum + Buffer.byteLength(content!), 0)
  if (contents.length > MAX_FILES || bytes > MAX_BYTES) {
    throw new ToolError(
      `These are ${contents.length} files with ${bytes} bytes; one call takes up to ${MAX_FILES} files and ${MAX_BYTES} bytes. Send them in smaller batches, and leave out generated files.`
    )
  }
}

/** Reads those that have content. Throws ToolError when the call's time is up. */
export async function readAll(files: readonly Sent[], { signal }: CallContext): Promise<Read[]> {
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
