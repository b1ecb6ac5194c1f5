/** Characters of a chunk at most. */
const MAX_CHUNK_LENGTH = 1200

export interface TextChunk {
  text: string
  /** Where it begins, in characters as the database counts them: code points. */
  start: number
}

/**
 * A value in pieces that put together are the value again, cut where a paragraph, a sentence or a
 * word ends, no shorter than half of `most` but the last.
 */
export function splitIntoChunks(value: string, most = MAX_CHUNK_LENGTH): TextChunk[] {
  const chunks: TextChunk[] = []
  let start = 0
  for (let at = 0; at < value.length;) {
    const end = endOf(value, at, most)
    const text = value.slice(at, end)
    chunks.push({ text, start })
    start += lengthOf(text)
    at = end
  }
  return chunks
}

function endOf(value: string, at: number, most: number): number {
  if (value.length - at <= most) return value.length
  const window = value.slice(at + most / 2, at + most)
  for (const border of [/\n\s*\n/g, /[.!?…]["'”’)]?\s+|[。！？]|\n/g, /[\s、，,]/g]) {
    const last = [...window.matchAll(border)].at(-1)
    if (last) return at + most / 2 + last.index + last[0].length
  }
  return /[\uD800-\uDBFF]/.test(value[at + most - 1]!) ? at + most - 1 : at + most
}

function lengthOf(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}
