import type { InputFile } from './item.ts'
import { isObject, parseObjectOrNone } from './json-values.ts'
import { BrokenItemError } from './run.ts'

/** Characters of one JSON value: a JavaScript string cannot be much longer. */
const MAX_VALUE_CHARACTERS = 256 * 1024 * 1024

/**
 * Yields the non-empty lines of a file with their numbers. Throws BrokenItemError for a line of
 * more than `maxValueCharacters`.
 */
export async function* readNumberedLines({
  path,
  chunks,
  maxValueCharacters = MAX_VALUE_CHARACTERS
}: InputFile): AsyncGenerator<{ text: string; number: number }> {
  let lineNumber = 0
  let openParts: string[] = []
  let openLength = 0
  for await (const fileChunk of chunks()) {
    const [lineEnd = '', ...lines] = fileChunk.split('\n')
    openParts.push(lineEnd)
    openLength += lineEnd.length
    if (openLength > maxValueCharacters) {
      throw new BrokenItemError(
        `${path}, line ${lineNumber + 1} has more than ${maxValueCharacters} characters.`
      )
    }
    if (lines.length === 0) continue
    const openLine = lines.pop()!
    for (const line of [openParts.join(''), ...lines]) {
      lineNumber++
      if (line.trim() !== '') yield { text: withoutByteOrderMark(line), number: lineNumber }
    }
    openParts = [openLine]
    openLength = openLine.length
  }
  const lastLine = openParts.join('')
  if (lastLine.trim() !== '') {
    yield { text: withoutByteOrderMark(lastLine), number: lineNumber + 1 }
  }
}

function withoutByteOrderMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}

/** Parses the JSON object of a line. Throws BrokenItemError. */
function parseLineObject(
  filePath: string,
  lineText: string,
  lineNumber: number
): Record<string, unknown> {
  const place = `${filePath}, line ${lineNumber}`
  const value = parseJson(place, lineText)
  if (!isObject(value)) throw new BrokenItemError(`${place} is not a JSON object.`)
  return value
}

/** A value of a file with its place; `fault` explains why it is invalid. */
export type JsonElement = { place: string } & ({ value: unknown } | { fault: string })

/**
 * Yields the elements of the array in a JSON file one by one, so that memory holds only one of
 * them. A file with another value yields that value. An invalid element comes as a fault with its
 * line. If the file itself is cut off, that fault is the last element.
 */
export async function* readElements({
  path,
  chunks,
  maxValueCharacters = MAX_VALUE_CHARACTERS
}: InputFile): AsyncGenerator<JsonElement> {
  const elementScanner = new ElementScanner(path, maxValueCharacters)
  try {
    for await (const chunk of chunks()) yield* elementScanner.scanChunk(chunk)
    yield* elementScanner.finish()
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    yield { place: path, fault: error.message }
  }
}

/** Parses a line of one JSON object, or of several without a separator. Throws BrokenItemError. */
export function parseLineObjects(
  filePath: string,
  lineText: string,
  lineNumber: number
): Array<Record<string, unknown>> {
  try {
    return [parseLineObject(filePath, lineText, lineNumber)]
  } catch (error) {
    const objectTexts = splitObjects(lineText)
    const lineObjects = objectTexts
      .map(parseObjectOrNone)
      .filter((lineObject) => lineObject !== undefined)
    if (lineObjects.length < 2 || lineObjects.length < objectTexts.length) throw error
    return lineObjects
  }
}

/** Splits a line after the end of each outermost object. */
function splitObjects(lineText: string): string[] {
  const objectTexts: string[] = []
  let bracketDepth = 0
  let objectStart = 0
  let inString = false
  for (let position = 0; position < lineText.length; position++) {
    const character = lineText[position]
    if (inString) {
      if (character === '\\') position++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') bracketDepth++
    else if ((character === '}' || character === ']') && --bracketDepth === 0) {
      objectTexts.push(lineText.slice(objectStart, position + 1).replace(/^[\s,]+/, ''))
      objectStart = position + 1
    }
  }
  const remainder = lineText.slice(objectStart)
  if (remainder.trim() !== '') objectTexts.push(remainder)
  return objectTexts
}

/**
 * Finds the borders of the elements of the outermost array by counting brackets outside strings.
 * JSON.parse then judges each element.
 */
class ElementScanner {
  readonly #path: string
  readonly #maxCharacters: number
  /** Undefined before the first character of the value. */
  #isArray: boolean | undefined
  #isClosed = false
  #bracketDepth = 0
  #inString = false
  #isEscaped = false
  #elementTexts: string[] = []
  #elementLength = 0
  #hasElement = false
  #lineNumber = 1
  #elementLine = 1
  #elementCount = 0

  constructor(path: string, maxCharacters: number) {
    this.#path = path
    this.#maxCharacters = maxCharacters
  }

  *scanChunk(chunk: string): Generator<JsonElement> {
    let elementStart = 0
    for (let position = 0; position < chunk.length; position++) {
      const character = chunk[position]!
      if (character === '\n') this.#lineNumber++
      if (this.#inString) {
        this.#scanInString(character)
        continue
      }
      if (isBlank(character)) continue
      if (this.#isArray === undefined) {
        this.#isArray = character === '['
        if (this.#isArray) {
          elementStart = position + 1
          continue
        }
      }
      if (this.#isClosed) this.#refuseRemainder()
      const isBorder = character === ',' || character === ']'
      if (this.#isArray && this.#bracketDepth === 0 && isBorder) {
        this.#addText(chunk.slice(elementStart, position))
        elementStart = position + 1
        if (character === ']') this.#isClosed = true
        if (this.#hasElement || character === ',') yield this.#takeElement()
        continue
      }
      this.#scanOutsideString(character)
    }
    if (!this.#isClosed) this.#addText(chunk.slice(elementStart))
  }

  #scanInString(character: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (character === '\\') this.#isEscaped = true
    else if (character === '"') this.#inString = false
  }

  #scanOutsideString(character: string): void {
    if (!this.#hasElement) {
      this.#hasElement = true
      this.#elementLine = this.#lineNumber
    }
    if (character === '"') this.#inString = true
    else if (character === '{' || character === '[') this.#bracketDepth++
    else if (character === '}' || character === ']') this.#bracketDepth--
  }

  #refuseRemainder(): never {
    throw new BrokenItemError(
      `${this.#path}, line ${this.#lineNumber}: there is text after the end of the JSON array.`
    )
  }

  /** Yields the value of a file without an array. Throws BrokenItemError for an incomplete file. */
  *finish(): Generator<JsonElement> {
    if (this.#isArray === undefined) throw new BrokenItemError(`${this.#path} is empty.`)
    if (this.#isArray && !this.#isClosed) {
      throw new BrokenItemError(
        `${this.#path} ends in line ${this.#lineNumber}, in the middle of its JSON array. ` +
          'It is incomplete. Get it again.'
      )
    }
    if (!this.#isArray) yield this.#takeElement()
  }

  #addText(text: string): void {
    this.#elementLength += text.length
    if (this.#elementLength > this.#maxCharacters) {
      throw new BrokenItemError(
        `${this.#path}, line ${this.#elementLine}: one value has more than ` +
          `${this.#maxCharacters} characters.`
      )
    }
    this.#elementTexts.push(text)
  }

  #takeElement(): JsonElement {
    const place = this.#isArray
      ? `${this.#path}, line ${this.#elementLine}, element ${++this.#elementCount}`
      : this.#path
    const elementText = withoutByteOrderMark(this.#elementTexts.join(''))
    this.#elementTexts = []
    this.#elementLength = 0
    this.#hasElement = false
    try {
      return { place, value: parseJson(place, elementText) }
    } catch (error) {
      return { place, fault: (error as Error).message }
    }
  }
}

function isBlank(character: string): boolean {
  return (
    character === ' ' ||
    character === '\n' ||
    character === '\r' ||
    character === '\t' ||
    character === '\ufeff'
  )
}

function parseJson(place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const errorReason = (error as Error).message.replace(/\s+/g, ' ').slice(0, 200)
    throw new BrokenItemError(`${place} is not valid JSON: ${errorReason}.`)
  }
}
