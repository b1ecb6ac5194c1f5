import type { InputFile } from '../item.ts'
import { BrokenItemError } from '../run.ts'

export const NOTE_EXTENSION = /\.(?:md|markdown)$/i
const MAX_NOTE_CHARACTERS = 10_000_000

/** The text of a note without a byte order mark. Throws BrokenItemError for a huge one. */
export async function readNoteText({ path, chunks }: InputFile): Promise<string> {
  let noteText = ''
  for await (const fileChunk of chunks()) {
    noteText += fileChunk
    if (noteText.length > MAX_NOTE_CHARACTERS) {
      throw new BrokenItemError(`${path} has more than 10,000,000 characters. It is not a note.`)
    }
  }
  return noteText.replace(/^\ufeff/, '')
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.split('/').at(-1)!
}

/** The folder of a path, with its slash; empty at the top. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** Yields the lines outside of code blocks, with their index among all lines. */
export function* readTextLines(body: string): Generator<{ line: string; index: number }> {
  let openFence: string | undefined
  for (const [index, line] of body.split(/\r?\n/).entries()) {
    const [, fenceMark] = /^\s*(?:>\s*)*(```|~~~)/.exec(line) ?? []
    if (fenceMark && (openFence === undefined || openFence === fenceMark)) {
      openFence = openFence === undefined ? fenceMark : undefined
    } else if (openFence === undefined) yield { line, index }
  }
}

/** A path from a folder, or from the top with a slash. `.` and `..` are resolved. */
export function joinPath(folder: string, path: string): string {
  const parts: string[] = []
  for (const part of `${path.startsWith('/') ? '' : folder}${path}`.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}
