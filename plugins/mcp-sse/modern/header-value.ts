/** A header without the blanks around it (RFC 9110 §5.5); undefined if it was not sent. */
export function trimHeader(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const text = Array.isArray(header) ? header.join(', ') : header
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t'
}

const ENCODED_START = '=?base64?'
const ENCODED_END = '?='

/**
 * The text that a header value stands for: itself, or UTF-8 in base64 between `=?base64?` and `?=`
 * (MCP 2026-07-28, Streamable HTTP, Value Encoding). Undefined unless it is standard base64 with
 * padding, in its one spelling, and valid UTF-8.
 */
export function decodeHeader(value: string): string | undefined {
  const isEncoded =
    value.length >= ENCODED_START.length + ENCODED_END.length &&
    value.startsWith(ENCODED_START) &&
    value.endsWith(ENCODED_END)
  if (!isEncoded) return value
  const encoded = value.slice(ENCODED_START.length, -ENCODED_END.length)
  if (encoded.length % 4 !== 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(encoded)) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return undefined
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}
