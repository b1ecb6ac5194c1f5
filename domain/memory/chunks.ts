/** Default limit of a chunk, in UTF-16 code units. */
const MAX_CHUNK_LENGTH = 1200

export interface TextChunk {
  text: string
  /** Offset in the value, in code points: the database counts characters like this. */
  start: number
}

/** Where a chunk may end, best first: paragraph, sentence or line, word. */
const chunkBorders = [/\n\s*\n/g, /[.!?…]["'”’)]?\s+|[。！？]|\n/g, /[\s、，,]/g]

/**
 * Splits a value into chunks that joined give the value again. A chunk ends with a paragraph, a
 * sentence or a word where possible. Each but the last is at least half of `maxLength` long.
 */
export function splitIntoChunks(value: string, maxLength = MAX_CHUNK_LENGTH): TextChunk[] {
  const textChunks: TextChunk[] = []
  let codePointOffset = 0
  for (let position = 0; position < value.length;) {
    const chunkEnd = chunkEndAfter(value, position, maxLength)
    const chunkText = value.slice(position, chunkEnd)
    textChunks.push({ text: chunkText, start: codePointOffset })
    codePointOffset += codePointCount(chunkText)
    position = chunkEnd
  }
  return textChunks
}

function chunkEndAfter(value: string, start: number, maxLength: number): number {
  if (value.length - start <= maxLength) return value.length
  const windowStart = start + maxLength / 2
  const searchWindow = value.slice(windowStart, start + maxLength)
  for (const chunkBorder of chunkBorders) {
    const lastMatch = [...searchWindow.matchAll(chunkBorder)].at(-1)
    if (lastMatch) return windowStart + lastMatch.index + lastMatch[0].length
  }
  const splitsPair = /[\uD800-\uDBFF]/.test(value[start + maxLength - 1]!)
  return splitsPair ? start + maxLength - 1 : start + maxLength
}

function codePointCount(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}
