import { decodePage } from '../../../lib/encoding/page.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import type { WebAnswer } from '../access.ts'
import { parsePage } from './parse.ts'
import { MAX_CHARACTERS, type Readable } from './work.ts'

/** What can be read, by media type. */
const kinds: Record<string, 'html' | 'pdf' | 'text' | 'unknown'> = {
  'application/octet-stream': 'unknown',
  'binary/octet-stream': 'unknown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  'text/plain': 'text',
  'text/markdown': 'text',
  'text/x-markdown': 'text'
}
export const readableTypes = Object.keys(kinds)

/**
 * The text of a page that was read. Whoever wrote the page may mean harm, so parsers run in
 * processes of their own, with limits on time and memory. Throws ToolError.
 */
export async function readText(
  answer: WebAnswer,
  selector: string | undefined,
  signal: AbortSignal
): Promise<Readable> {
  const stated = kinds[answer.type] ?? 'unknown'
  const kind = stated === 'unknown' ? sniffed(answer.body) : stated
  if (kind === 'text' && /octet-stream/.test(answer.type) && answer.body.includes(0)) {
    throw new ToolError(
      `${answer.url} is neither a page nor a PDF: it is sent as ${answer.type}. Look for the same elsewhere.`
    )
  }
  const decoded = kind === 'pdf' ? undefined : decodePage(answer.body, answer.charset)
  const noted = (page: Readable): Readable => {
    const note = [decoded?.note, page.note].filter(Boolean).join(' ')
    return note === '' ? page : { ...page, note }
  }
  if (decoded && kind === 'text') {
    return noted({ text: visible(decoded.text.slice(0, MAX_CHARACTERS)) })
  }
  const source = decoded?.text ?? new Uint8Array(answer.body)
  const reading = await parsePage(
    { kind: decoded ? 'html' : 'pdf', source, url: answer.url, selector },
    signal
  )
  if ('problem' in reading) throw new ToolError(reading.problem)
  return noted({ ...reading.page, text: visible(reading.page.text) })
}

/** A page that does not say what it is. */
function sniffed(body: Buffer): 'html' | 'pdf' | 'text' {
  const start = body.toString('latin1', 0, 512).trimStart()
  return start.startsWith('%PDF-')
    ? 'pdf'
    : /^<(!doctype|html|head|body|\?xml|!--)/i.test(start)
      ? 'html'
      : 'text'
}

/**
 * Without what nobody sees: control characters, tag characters, and others of no width that can
 * carry text to models.
 */
function visible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(
      /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]|[\u{e0000}-\u{e0fff}]/gu,
      ''
    )
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/(?<![ \t])[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
