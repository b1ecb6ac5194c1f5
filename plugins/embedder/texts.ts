import { createHash } from 'node:crypto'
import { splitIntoChunks } from '../../domain/memory/chunks.ts'

/** Characters of a value that are embedded. */
export const VALUE_LIMIT = 100_000
/**
 * Characters of a piece at most, and when the server does not take these: shorter ones, for models
 * that take little.
 */
export const LENGTHS = [1200, 400, 120]
/** A key may be a sentence. */
const KEY_LIMIT = 100

export interface Content {
  key: string
  speaker: string | null
  value: string
}
export interface Text {
  text: string
  start: number
}

/**
 * A memory as texts to embed: its key and speaker stand before each piece of its value, so that
 * every piece says what it is about.
 */
export function textsOf({ key, speaker, value }: Content, length: number): Text[] {
  const name = key
    .slice(0, KEY_LIMIT)
    .replace(/[\uD800-\uDBFF]$/, '')
    .replace(/[_-]+/g, ' ')
  const head = `${name}${speaker ? `, ${speaker}` : ''}: `
  return (value === '' ? [{ text: '', start: 0 }] : splitIntoChunks(value, length)).map(
    ({ text, start }) => ({ text: head + text, start })
  )
}

/** Of all that textsOf depends on. */
export function digestOf(content: Content): string {
  return createHash('sha256')
    .update(JSON.stringify([content.key, content.speaker, content.value]))
    .digest('base64url')
}
