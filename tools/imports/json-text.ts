import { ToolError } from '../tool.ts'
import { type InputFile, isObject } from './item.ts'

/** Characters that one value of a file may have; a text cannot be much longer in memory. */
const MOST_CHARACTERS = 256 * 1024 * 1024

/** The lines of a file with their numbers, without empty ones. */
export async function * linesOf ({ chunks }: InputFile): AsyncGenerator<{ text: string, number: number }> {
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

/** The JSON object of a line. Throws ToolError. */
export function objectOf (file: string, text: string, number: number): Record<string, unknown> {
  const value = parsed(`${file}, line ${number}`, text)
  if (!isObject(value)) throw new ToolError(`${file}, line ${number} is no JSON object.`)
  return value
}

/** The elements of the array that a JSON file holds, one after another without holding them all; of another value that one. Throws ToolError with the line where it is broken. */
export async function * elementsOf ({ path, chunks }: InputFile): AsyncGenerator<{ value: unknown, place: string }> {
  const scan = new Scan(path)
  for await (const chunk of chunks()) yield * scan.take(chunk)
  yield * scan.end()
}

/** Finds where the elements of the outermost array begin and end: by brackets outside of strings. What is in them, JSON.parse judges. */
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

  constructor (path: string) {
    this.#path = path
  }

  * take (chunk: string): Generator<{ value: unknown, place: string }> {
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
      if (this.#closed) throw new ToolError(`${this.#path}, line ${this.#line}: there is something after the end of the JSON array.`)
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

  * end (): Generator<{ value: unknown, place: string }> {
    if (this.#array === undefined) throw new ToolError(`${this.#path} is empty.`)
    if (this.#array && !this.#closed) throw new ToolError(`${this.#path} ends in line ${this.#line}, in the middle of its JSON array: it is not whole. Get it again.`)
    if (!this.#array) yield this.#next()
  }

  #keep (text: string): void {
    this.#length += text.length
    if (this.#length > MOST_CHARACTERS) throw new ToolError(`${this.#path}, line ${this.#startLine}: one value has more than ${MOST_CHARACTERS} characters.`)
    this.#element.push(text)
  }

  #next (): { value: unknown, place: string } {
    const place = this.#array ? `${this.#path}, line ${this.#startLine}, element ${++this.#number}` : this.#path
    const value = parsed(place, this.#element.join('').replace(/^\ufeff/, ''))
    this.#element = []
    this.#length = 0
    this.#begun = false
    return { value, place }
  }
}

function parsed (place: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ToolError(`${place} is no JSON: ${(error as Error).message.replace(/\s+/g, ' ').slice(0, 200)}.`)
  }
}
