import { redactSecrets, REDACTED } from '../../../../../lib/secret-patterns.ts'
import type { ImportItem, InputFile } from '../item.ts'
import { readNumberedLines } from '../json-text.ts'
import { isObject } from '../json-values.ts'
import { BrokenItemError } from '../run.ts'

/** A line of a transcript. */
export interface TranscriptLine {
  number: number
  value: Record<string, unknown>
}

/**
 * Yields the objects of a transcript in JSON Lines. An invalid last line comes as `unfinished`: a
 * program that still runs, or that crashed, leaves half a line. Throws BrokenItemError for any
 * other invalid line.
 */
export async function* readTranscriptLines(
  inputFile: InputFile
): AsyncGenerator<TranscriptLine | { unfinished: number }> {
  let brokenNumber: number | undefined
  for await (const { text, number } of readNumberedLines(inputFile)) {
    if (brokenNumber !== undefined) throw brokenLine(inputFile.path, brokenNumber)
    const value = parseOrUndefined(text)
    if (value === undefined) brokenNumber = number
    else if (isObject(value)) yield { number, value }
    else throw brokenLine(inputFile.path, number)
  }
  if (brokenNumber === 1) throw brokenLine(inputFile.path, 1)
  if (brokenNumber !== undefined) yield { unfinished: brokenNumber }
}

function brokenLine(path: string, number: number): BrokenItemError {
  return new BrokenItemError(`${path}, line ${number} is not a JSON object.`)
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\0+/, '')) // a crash can leave NUL bytes before a line
  } catch {
    return undefined
  }
}

/** The text without the elements of a name, as `<name>...</name>`. An open one takes the rest. */
export function withoutElements(text: string, name: string): string {
  const keptParts: string[] = []
  let position = 0
  for (;;) {
    const start = text.indexOf(`<${name}>`, position)
    if (start < 0) return keptParts.join('') + text.slice(position)
    keptParts.push(text.slice(position, start))
    const end = text.indexOf(`</${name}>`, start)
    if (end < 0) return keptParts.join('')
    position = end + name.length + 3
  }
}

/** What the first element of a name holds; undefined without one. */
export function elementText(text: string, name: string): string | undefined {
  const start = text.indexOf(`<${name}>`)
  const end = text.indexOf(`</${name}>`, start)
  return start < 0 || end < 0 ? undefined : text.slice(start + name.length + 2, end).trim()
}

/** Redacts the texts of one transcript, and reports how often. */
export class SecretRedaction {
  #count = 0

  redact(text: string): string {
    const redactedText = redactSecrets(text)
    this.#count += occurrences(redactedText) - occurrences(text)
    return redactedText
  }

  *items(place: string): Generator<ImportItem> {
    if (this.#count <= 0) return
    const subject = this.#count === 1 ? '1 text' : `${this.#count} texts`
    yield { warning: `${place}: ${subject} that looked like a secret became ${REDACTED}.` }
  }
}

function occurrences(text: string): number {
  return text.split(REDACTED).length - 1
}

/** The last part of a directory, in the way of Unix or Windows. */
export function directoryName(directory: string): string {
  return directory.split(/[/\\]/).filter(Boolean).at(-1) ?? ''
}

/** Warns of a last line that is left out. */
export function unfinishedWarning(path: string, number: number): ImportItem {
  return {
    warning:
      `${path}, line ${number}, the last one, is incomplete; it is left out. ` +
      'Import the file again when its session has ended.'
  }
}
