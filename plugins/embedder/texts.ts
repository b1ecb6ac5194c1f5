import { createHash } from 'node:crypto'
import { splitIntoChunks } from '../../domain/memory/chunks.ts'

/** Characters of a value that are embedded. */
export const VALUE_LIMIT = 100_000
/**
 * Characters of a piece at most, and when the server does not take these: shorter ones, for models
 * that take little.
 */
export const PIECE_LENGTHS = [1200, 400, 120]
/** A key may be a sentence. */
const KEY_LIMIT = 100

export interface MemoryContent {
  key: string
  speaker: string | null
  value: string
}
export interface EmbeddedText {
  text: string
  start: number
}

/**
 * A memory as texts to embed: its key and speaker stand before each piece of its value, so that
 * every piece says what it is about.
 */
export function splitForEmbedding(
  { key, speaker, value }: MemoryContent,
  length: number
): EmbeddedText[] {
  const keyText = key
    .slice(0, KEY_LIMIT)
    .replace(/[\uD800-\uDBFF]$/, '')
    .replace(/[_-]+/g, ' ')
  const textHead = `${keyText}${speaker ? `, ${speaker}` : ''}: `
  return (value === '' ? [{ text: '', start: 0 }] : splitIntoChunks(value, length)).map(
    ({ text, start }) => ({ text: textHead + text, start })
  )
}

/** Of all that textsOf depends on. */
export function contentDigest(content: MemoryContent): string {
  return createHash('sha256')
    .update(JSON.stringify([content.key, content.speaker, content.value]))
    .digest('base64url')
}
