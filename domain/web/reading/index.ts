import { decodePage } from '../../../lib/encoding/page.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import type { WebAnswer } from '../access.ts'
import { parsePage } from './parse.ts'
import { MAX_CHARACTERS, type ReadablePage } from './work.ts'

/** The kind of document of each readable media type. */
const kindByType: Record<string, 'html' | 'pdf' | 'text' | 'unknown'> = {
  'application/octet-stream': 'unknown',
  'binary/octet-stream': 'unknown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  'text/plain': 'text',
  'text/markdown': 'text',
  'text/x-markdown': 'text'
}
export const readableTypes = Object.keys(kindByType)

/** Controls, tags, and characters of zero width. */
const invisibleCharacters = new RegExp(
  String.raw`[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]|` +
    String.raw`[\u{e0000}-\u{e0fff}]`,
  'gu'
)

/**
 * The text of a fetched page. The page may be hostile, so parsers run in child processes with
 * limits on time and memory. Throws ToolError.
 */
export async function readText(
  answer: WebAnswer,
  selector: string | undefined,
  signal: AbortSignal
): Promise<ReadablePage> {
  const statedKind = kindByType[answer.type] ?? 'unknown'
  const pageKind = statedKind === 'unknown' ? sniffKind(answer.body) : statedKind
  if (pageKind === 'text' && /octet-stream/.test(answer.type) && answer.body.includes(0)) {
    throw new ToolError(
      `${answer.url} is not a page or a PDF, but ${answer.type}. Look for the same elsewhere.`
    )
  }
  const decodedPage = pageKind === 'pdf' ? undefined : decodePage(answer.body, answer.charset)
  const withNotes = (page: ReadablePage): ReadablePage => {
    const combinedNote = [decodedPage?.note, page.note].filter(Boolean).join(' ')
    return combinedNote === '' ? page : { ...page, note: combinedNote }
  }
  if (decodedPage && pageKind === 'text') {
    return withNotes({ text: visibleText(decodedPage.text.slice(0, MAX_CHARACTERS)) })
  }
  const pageSource = decodedPage?.text ?? new Uint8Array(answer.body)
  const pageReading = await parsePage(
    { kind: decodedPage ? 'html' : 'pdf', source: pageSource, url: answer.url, selector },
    signal
  )
  if ('problem' in pageReading) throw new ToolError(pageReading.problem)
  return withNotes({ ...pageReading.page, text: visibleText(pageReading.page.text) })
}

/** Guesses the kind of a document without a useful media type. */
function sniffKind(body: Buffer): 'html' | 'pdf' | 'text' {
  const bodyStart = body.toString('latin1', 0, 512).trimStart()
  return bodyStart.startsWith('%PDF-')
    ? 'pdf'
    : /^<(!doctype|html|head|body|\?xml|!--)/i.test(bodyStart)
      ? 'html'
      : 'text'
}

/** Removes invisible characters (controls, tags, zero width): they can carry text to models. */
function visibleText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(invisibleCharacters, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/(?<![ \t])[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
