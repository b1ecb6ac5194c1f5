import { createDecoder, markOf } from '../../../../lib/encoding/charset.ts'
import { readLoosely } from '../../../../lib/encoding/file.ts'
import { readElements } from '../import/json-text.ts'
import { parseObjectOrNone } from '../import/json-values.ts'
import { isAgentFile } from '../import/markdown/agent-files.ts'
import { NOTE_EXTENSION } from '../import/markdown/note-text.ts'
import { recognizeFormat } from '../import/recognize.ts'
import { FORMAT_NAME } from '../line.ts'
import type { SourceFile } from './source-file.ts'

/** Files whose beginning is read to find the format. */
const MAX_EXAMINED = 20
/** Characters of the first line that is tried as a line of JSON Lines. */
const MAX_LINE = 1_000_000
/** Characters of a note that are searched for its front matter. */
const MAX_FRONT_MATTER = 4000

const likelyName = /(^|\/)(conversations|memories|projects|memory)[^/]*\.(json|jsonl)$/i
const jsonName = /\.(json|jsonl|ndjson|txt)$/i

/**
 * Finds out what wrote the files, by the first value of each: the name of an import format, or
 * FORMAT_NAME for our own export. Undefined if nothing is recognized. Throws what reading throws.
 */
export async function detectFormat(
  sourceFiles: readonly SourceFile[],
  maxValueCharacters: number
): Promise<string | undefined> {
  const isLikely = ({ path }: SourceFile) => likelyName.test(path)
  const jsonFiles = sourceFiles.filter(({ path }) => jsonName.test(path))
  const examined = [
    ...jsonFiles.filter(isLikely),
    ...jsonFiles.filter((file) => !isLikely(file)),
    ...(sourceFiles.length === 1 ? sourceFiles : [])
  ].slice(0, MAX_EXAMINED)
  for (const file of examined) {
    const format = await formatOf(file, maxValueCharacters)
    if (format !== undefined) return format
  }
  return detectNotes(sourceFiles)
}

/** Notes of our export say so, and basic-memory's have a permalink; files for agents have names. */
async function detectNotes(sourceFiles: readonly SourceFile[]): Promise<string | undefined> {
  const notes = sourceFiles.filter(({ path }) => NOTE_EXTENSION.test(path))
  if (notes.length === 0) return undefined
  if (notes.every(({ path }) => isAgentFile(path))) return 'agent-files'
  for (const { bytes } of notes.slice(0, MAX_EXAMINED)) {
    let start = ''
    for await (const chunk of decode(bytes())) {
      start += chunk
      if (start.length > MAX_FRONT_MATTER) break
    }
    if (/^---\r?\nkagura(?:_links)?:/.test(start)) return 'kagura-markdown'
    if (/^---\r?\n(?:[^\n]*\n){0,50}?permalink:/.test(start.slice(0, MAX_FRONT_MATTER))) {
      return 'basic-memory'
    }
  }
  return 'obsidian'
}

async function formatOf(
  { path, bytes }: SourceFile,
  maxValueCharacters: number
): Promise<string | undefined> {
  const firstLine = await readFirstLine(decode(bytes()))
  const lineObject = firstLine === undefined ? undefined : parseObjectOrNone(firstLine)
  if (lineObject) {
    const isOwn = lineObject['type'] === 'export' && lineObject['format'] === FORMAT_NAME
    return isOwn ? FORMAT_NAME : recognizeFormat(lineObject)?.from
  }
  const elements = readElements({ path, maxValueCharacters, chunks: () => decode(bytes()) })
  for await (const element of elements) {
    return 'value' in element ? recognizeFormat(element.value)?.from : undefined
  }
  return undefined
}

/** The first line; undefined if it is too long for JSON Lines. */
async function readFirstLine(chunks: AsyncIterable<string>): Promise<string | undefined> {
  let start = ''
  for await (const chunk of chunks) {
    start += chunk
    const end = start.indexOf('\n')
    if (end >= 0) return start.slice(0, end).replace(/^\ufeff/, '')
    if (start.length > MAX_LINE) return undefined
  }
  return start.replace(/^\ufeff/, '')
}

/** Text by the byte order mark, else as UTF-8: enough for the names of members. */
async function* decode(bytes: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const [start, rest] = await splitFirst(bytes)
  const encoding = start === undefined ? undefined : markOf(start as Buffer)
  if (encoding === undefined || encoding === 'utf-8') return yield* readLoosely(rest)
  const decoder = createDecoder(encoding)
  for await (const chunk of rest) yield decoder.write(chunk as Buffer)
}

/** The first chunk, and all chunks with it. */
async function splitFirst<T>(chunks: AsyncIterable<T>): Promise<[T | undefined, AsyncIterable<T>]> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  async function* all(): AsyncGenerator<T> {
    try {
      if (first.done) return
      yield first.value
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return [first.done ? undefined : first.value, all()]
}
