import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'

export const closed = { additionalProperties: false } as const

export const Project = Type.String({ minLength: 1, maxLength: 255, description: 'The project.' })
export const SessionRef = Type.String({ minLength: 1, maxLength: 64, description: 'session_...' })
export const FilePath = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'Path in the project.'
})
export const Files = Type.Array(Type.String({ maxLength: 1000 }), {
  maxItems: 99,
  description: 'Files it concerns.'
})
export const Labels = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 64,
  description: 'Labels.'
})

/** A text argument of some length. */
export function Text(description: string, maxLength: number) {
  return Type.String({ minLength: 1, maxLength, description })
}

/** A name for a record, such as error_1f2e3d4c5b6a. */
export function newId(kind: string): string {
  return `${kind}_${randomBytes(6).toString('hex')}`
}

/** The text, cut and marked when it is longer than a limit in characters. */
export function clipped(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** The same in one line. */
export function inLine(text: string, limit: number): string {
  return clipped(text.replace(/\s+/g, ' ').trim(), limit)
}

/** The same as a sentence, so that another can follow. */
export function sentence(text: string, limit: number): string {
  const line = inLine(text, limit)
  return /[.!?…:。！？]$/.test(line) ? line : `${line}.`
}

/** `1 file`, `2 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
