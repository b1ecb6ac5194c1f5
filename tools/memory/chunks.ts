/** Characters of a chunk at most, and the least before a better place to cut is taken. */
const MOST = 1200
const LEAST = 600

export interface Chunk {
  text: string
  /** Where it begins, in characters as the database counts them: code points. */
  start: number
}

/** A value in pieces that put together are the value again, cut where a paragraph, a sentence or a word ends. */
export function chunksOf (value: string): Chunk[] {
  const chunks: Chunk[] = []
  let start = 0
  for (let at = 0; at < value.length;) {
    const end = endOf(value, at)
    const text = value.slice(at, end)
    chunks.push({ text, start })
    start += lengthOf(text)
    at = end
  }
  return chunks
}

function endOf (value: string, at: number): number {
  if (value.length - at <= MOST) return value.length
  const window = value.slice(at + LEAST, at + MOST)
  for (const border of [/\n\s*\n/g, /[.!?…]["'”’)]?\s+|[。！？]|\n/g, /[\s、，,]/g]) {
    const last = [...window.matchAll(border)].at(-1)
    if (last) return at + LEAST + last.index + last[0].length
  }
  return /[\uD800-\uDBFF]/.test(value[at + MOST - 1]!) ? at + MOST - 1 : at + MOST
}

function lengthOf (text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}
