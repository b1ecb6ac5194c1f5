import { renderMarkdown } from './markdown.ts'

/**
 * How a page shows a value: as its author meant it, as it is stored, or as it is stored in full.
 */
export type ValueView = 'formatted' | 'raw' | 'all'

/** A value for a page. `html` is safe; `text` is for an element that keeps its lines. */
export interface ShownValue {
  kind: 'markdown' | 'json' | 'text'
  html?: string
  text?: string
  /** Whether the page has only the beginning. */
  isCut: boolean
  /** Characters that the page has, and characters of the whole. */
  length: number
  total: number
}

/** Bytes of HTML that a value may add to a page. */
const MAX_BYTES = 16_000
/** Longer values are visible as text only, because their Markdown takes long to read. */
const MAX_MARKDOWN = 100_000
/** Longer values are not read as JSON. */
const MAX_JSON = 2_000_000

/** A value for its page. All views but `all` take at most about 16 kB. */
export function showValue(value: string, view: ValueView): ShownValue {
  const json = view === 'raw' ? undefined : prettyJson(value)
  const text = json ?? value
  const isMarkdown = view !== 'raw' && json === undefined && value.length <= MAX_MARKDOWN
  const sizeOf = (part: string) =>
    isMarkdown ? Buffer.byteLength(renderMarkdown(part)) : escapedBytes(part)
  const part = view === 'all' ? text : cutToBytes(text, sizeOf)
  const extent = { isCut: part.length < text.length, length: part.length, total: text.length }
  return isMarkdown
    ? { kind: 'markdown', html: renderMarkdown(part), ...extent }
    : { kind: json === undefined ? 'text' : 'json', text: part, ...extent }
}

/** The beginning of a text that takes at most MAX_BYTES when it is written as HTML. */
export function cutToBytes(text: string, sizeOf = escapedBytes, maxBytes = MAX_BYTES): string {
  let part = text.slice(0, maxBytes)
  for (let size = sizeOf(part); size > maxBytes; size = sizeOf(part)) {
    part = part.slice(0, Math.floor((part.length * maxBytes * 0.95) / size))
  }
  return part.length < text.length ? part.replace(/[\uD800-\uDBFF]$/, '') : part
}

function escapedBytes(text: string): number {
  return Buffer.byteLength(text) + 5 * (text.match(/[&<>"']/g)?.length ?? 0)
}

/** An object or a list with indentation; undefined for any other text. */
function prettyJson(value: string): string | undefined {
  if (!/^\s*[{[]/.test(value) || value.length > MAX_JSON) return undefined
  try {
    return JSON.stringify(JSON.parse(value), null, 2)
  } catch {
    return undefined
  }
}
