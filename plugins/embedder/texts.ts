import { createHash } from 'node:crypto'
import { splitIntoChunks } from '../../domain/memory/chunks.ts'

/** Characters of a value that are embedded; the rest is not. */
export const VALUE_LIMIT = 100_000
/** Maximum characters of a piece. The shorter lengths are for models that refuse the first. */
export const PIECE_LENGTHS = [1200, 400, 120]
/** Characters of a key that stand before each piece; a key may be a sentence. */
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
 * Splits a memory into texts to embed. Key and speaker stand before each piece of the value, so
 * that every piece has its subject.
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

/** SHA-256 over everything that splitForEmbedding reads. */
export function contentDigest(content: MemoryContent): string {
  return createHash('sha256')
    .update(JSON.stringify([content.key, content.speaker, content.value]))
    .digest('base64url')
}
