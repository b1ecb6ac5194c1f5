import { parse, stringify } from 'yaml'
import { isObject } from '../import/json-values.ts'
import { BrokenItemError } from '../import/run.ts'

/** The version of this form, in the first property of each note. */
export const NOTE_VERSION = 1
/** Repetitions of YAML anchors: the export writes none. */
const MAX_ALIASES = 10

/** Properties of a note: what Markdown can hold of a memory. */
export type NoteProperties = Record<string, unknown>

/**
 * A note: its properties as YAML front matter, then the value as it is, with one line end more. So
 * it can be read back exactly, whatever the value begins and ends with.
 */
export function formatNote(properties: NoteProperties, value: string): string {
  const yaml = stringify(properties, { lineWidth: 0, aliasDuplicateObjects: false })
  return `---\n${yaml}---\n${value}\n`
}

/**
 * Reads a note of this export, also after an editor rewrote its properties. Returns undefined for a
 * note of another origin. Throws BrokenItemError for invalid properties.
 */
export function parseNote(
  path: string,
  noteText: string
): { properties: NoteProperties; value: string } | undefined {
  const start = /^---[ \t]*\r?\n/.exec(noteText)
  if (!start) return undefined
  const lineEnd = findEnd(noteText, start[0].length)
  if (lineEnd === undefined) return undefined
  const properties = parseProperties(path, noteText.slice(start[0].length, lineEnd.start))
  if (!properties) return undefined
  // An editor may have changed all line ends, so the last one is as the first one.
  const lastEnd = start[0].endsWith('\r\n') ? /\r\n$/ : /\n$/
  return { properties, value: noteText.slice(lineEnd.end).replace(lastEnd, '') }
}

/** Where the line of dashes after the properties begins and ends. */
function findEnd(text: string, from: number): { start: number; end: number } | undefined {
  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    if (/^---[ \t\r]*$/.test(text.slice(start, Math.min(end, start + 10)))) {
      return { start, end: newline < 0 ? end : end + 1 }
    }
    start = end + 1
  }
  return undefined
}

function parseProperties(path: string, yaml: string): NoteProperties | undefined {
  if (!/^kagura(?:_links)?:/m.test(yaml)) return undefined
  let properties: unknown
  try {
    properties = parse(yaml, { maxAliasCount: MAX_ALIASES, logLevel: 'silent' })
  } catch (error) {
    const [reason] = (error as Error).message.split('\n')
    throw new BrokenItemError(`${path}: the properties are not valid YAML: ${reason}`)
  }
  if (!isObject(properties)) return undefined
  const version = properties['kagura'] ?? properties['kagura_links']
  if (version === NOTE_VERSION) return properties
  throw new BrokenItemError(
    `${path} has the form ${String(version).slice(0, 10)}. Only form ${NOTE_VERSION} can be read.`
  )
}
