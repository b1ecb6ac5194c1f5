import type { InputFile } from './item.ts'
import { isObject } from './json-values.ts'
import { BrokenItemError } from './run.ts'

/** Characters that one value of a file may have; a text cannot be much longer in memory. */
const MAX_CHARACTERS = 256 * 1024 * 1024

/** The lines of a file with their numbers, without empty ones. */
export async function* readNumberedLines({
  chunks
}: InputFile): AsyncGenerator<{ text: string; number: number }> {
  let number = 0
  let rest = ''
  for await (const chunk of chunks()) {
    const whole = (rest + chunk).split('\n')
    rest = whole.pop()!
    for (const text of whole) {
      number++
      if (text.trim() !== '') yield { text: text.replace(/^\ufeff/, ''), number }
    }
  }
  if (rest.trim() !== '') yield { text: rest.replace(/^\ufeff/, ''), number: number + 1 }
}

/** The JSON object of a line. Throws BrokenItemError. */
export function parseObject(file: string, text: string, number: number): Record<string, unknown> {
  const value = parsed(`${file}, line ${number}`, text)
  if (!isObject(value)) throw new BrokenItemError(`${file}, line ${number} is no JSON object.`)
  return value
}

/** A value of a file with its place; `fault` says why it is none. */
export type JsonElement = { place: string } & ({ value: unknown } | { fault: string })

/**
 * The elements of the array that a JSON file holds, one after another without holding them all; of
 * another value that one. What is broken comes as a fault, with the line; where the file itself
 * breaks off, this is the last.
 */
export async function* readElements({ path, chunks }: InputFile): AsyncGenerator<JsonElement> {
  const scan = new Scan(path)
  try {
    for await (const chunk of chunks()) yield* scan.take(chunk)
    yield* scan.end()
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    yield { place: path, fault: error.message }
  }
}

/** The JSON objects of a line: one, or several without anything between them. */
export function parseLineObjects(
  file: string,
  text: string,
  number: number
): Array<Record<string, unknown>> {
  try {
    return [parseObject(file, text, number)]
  } catch (error) {
    const pieces = splitObjects(text)
    const values = pieces.map(jsonObject).filter((value) => value !== undefined)
    if (values.length < 2 || values.length < pieces.length) throw error
    return values
  }
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A line at the places where an object ends and another begins. */
function splitObjects(text: string): string[] {
  const pieces: string[] = []
  let [depth, from, isString] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const c = text[at]
    if (isString) {
      if (c === '\\') at++
      else if (c === '"') isString = false
    } else if (c === '"') isString = true
    else if (c === '{' || c === '[') depth++
    else if ((c === '}' || c === ']') && --depth === 0) {
      pieces.push(text.slice(from, at + 1).replace(/^[\s,]+/, ''))
      from = at + 1
    }
  }
  if (text.slice(from).trim() !== '') pieces.push(text.slice(from))
  return pieces
}

/**
 * Finds where the elements of the outermost array begin and end: by brackets outside of strings.
 * What is in them, JSON.parse judges.
 */
class Scan {
  readonly #path: string
  #array: boolean | undefined
  #closed = false
  #depth = 0
  #string = false
  #escaped = false
  #element: string[] = []
  #length = 0
  #begun = false
  #line = 1
  #startLine = 1
  #number = 0

  constructor(path: string) {
    this.#path = path
  }

  *take(chunk: string): Generator<JsonElement> {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const c = chunk[at]!
      if (c === '\n') this.#line++
      if (this.#string) {
        if (this.#escaped) this.#escaped = false
        else if (c === '\\') this.#escaped = true
        else if (c === '"') this.#string = false
        continue
      }
      if (c === ' ' || c === '\n' || c === '\r' || c === '\t' || c === '\ufeff') continue
      if (this.#array === undefined) {
        this.#array = c === '['
        if (this.#array) {
          from = at + 1
          continue
        }
      }
      if (this.#closed) {
        throw new BrokenItemError(
          `${this.#path}, line ${this.#line}: there is something after the end of the JSON array.`
        )
      }
      if (this.#array && this.#depth === 0 && (c === ',' || c === ']')) {
        this.#keep(chunk.slice(from, at))
        from = at + 1
        if (c === ']') this.#closed = true
        if (this.#begun || c === ',') yield this.#next()
        continue
      }
      if (!this.#begun) {
        this.#begun = true
        this.#startLine = this.#line
      }
      if (c === '"') this.#string = true
      else if (c === '{' || c === '[') this.#depth++
      else if (c === '}' || c === ']') this.#depth--
    }
    if (!this.#closed) this.#keep(chunk.slice(from))
  }

  *end(): Generator<JsonElement> {
    if (this.#array === undefined) throw new BrokenItemError(`${this.#path} is empty.`)
    if (this.#array && !this.#closed) {
      throw new BrokenItemError(
        `${this.#path} ends in line ${this.#line}, in the middle of its JSON array: it is not whole. Get it again.`
      )
    }
    if (!this.#array) yield this.#next()
  }

  #keep(text: string): void {
    this.#length += text.length
    if (this.#length > MAX_CHARACTERS) {
      throw new BrokenItemError(
        `${this.#path}, line ${this.#startLine}: one value has more than ${MAX_CHARACTERS} characters.`
      )
    }
    this.#element.push(text)
  }

  #next(): JsonElement {
    const place = this.#array
      ? `${this.#path}, line ${this.#startLine}, element ${++this.#number}`
      : this.#path
    const text = this.#element.join('').replace(/^\ufeff/, '')
    this.#element = []
    this.#length = 0
    this.#begun = false
    try {
      return { place, value: parsed(place, text) }
    } catch (error) {
      return { place, fault: (error as Error).message }
    }
  }
}

function parsed(place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BrokenItemError(
      `${place} is no JSON: ${(error as Error).message.replace(/\s+/g, ' ').slice(0, 200)}.`
    )
  }
}
