import { isUtf8 } from 'node:buffer'
import { decodeAs, decodeLoosely, findEncoding, markOf, utf8Faults } from './charset.ts'
import { guessEncoding, isDamagedUtf8 } from './guess.ts'

/** Pages may name their encoding in their first kilobyte (HTML §4.2.5.4); many do it later. */
const PRESCAN_BYTES = 64 * 1024
/** Of the characters beyond ASCII, how many may be unreadable in a stated encoding. */
const MAX_UNREADABLE_SHARE = 0.05

/** Where UTF-8 is looked through for faults, one character after another. */
const FAULTS_BYTES = 1024 * 1024
const LATE_FAULT = { faults: 1, characters: 2 }

/** `note`: what a reader should know of how the text was read, as a sentence. */
export interface DecodedPage {
  text: string
  note?: string
}

/**
 * The text of a page, whatever it is written in. A byte order mark decides; then UTF-8 when the
 * bytes are valid as such, for what is stated is often wrong and text in another encoding is
 * hardly ever valid UTF-8; then what the header and the page state; then what the bytes look like.
 */
export function decodePage(body: Buffer, stated: string | undefined): DecodedPage {
  const markedEncoding = markOf(body)
  if (markedEncoding) return decodePageLoosely(body, markedEncoding)
  const bodyFaults = isUtf8(body)
    ? undefined
    : (utf8Faults(body.subarray(0, FAULTS_BYTES)) ?? LATE_FAULT)
  if (!bodyFaults && body.some((byte) => byte > 0x7f)) return { text: body.toString('utf8') }
  const statedEncodings = [stated, findStatedCharset(body)].flatMap((label) =>
    label === undefined ? [] : (findEncoding(label) ?? [])
  )
  for (const encoding of statedEncodings) {
    const decodedText = decodeAs(body, encoding)
    if (decodedText !== undefined) return { text: decodedText }
  }
  if (!bodyFaults) return { text: body.toString('latin1') } // ASCII
  if (isDamagedUtf8(bodyFaults)) return decodePageLoosely(body, 'utf-8')
  const tolerablePage = statedEncodings
    .map((encoding) => decodePageLoosely(body, encoding))
    .find(({ text }) => isTolerable(text))
  if (tolerablePage) return tolerablePage
  const guessedEncoding = guessEncoding(body)
  const { text, note } = decodePageLoosely(body, guessedEncoding)
  const guessNote =
    `The page does not say how it is encoded; it was read as ${guessedEncoding}, ` + 'by its bytes.'
  return { text, note: note ? `${guessNote} ${note}` : guessNote }
}

function decodePageLoosely(body: Buffer, encoding: string): DecodedPage {
  const { text, faults } = decodeLoosely(body, encoding)
  const pageText = text.replace(/^\ufeff/, '')
  return faults === 0
    ? { text: pageText }
    : { text: pageText, note: unreadableNote(faults, encoding) }
}

function unreadableNote(faults: number, encoding: string): string {
  const [places, stand] = faults === 1 ? ['One place', 'stands'] : [`${faults} places`, 'stand']
  return `${places} could not be read as ${encoding} and ${stand} as U+FFFD.`
}

function isTolerable(text: string): boolean {
  const faultCount = text.match(/\ufffd/g)?.length ?? 0

  return faultCount < (text.match(/[^\0-\x7f]/g)?.length ?? 0) * MAX_UNREADABLE_SHARE
}

/** What the page itself states: in a meta element, or in its XML declaration. */
function findStatedCharset(body: Buffer): string | undefined {
  const bodyStart = body.toString('latin1', 0, PRESCAN_BYTES)
  return (
    /<meta[^>]{0,200}?charset\s*=\s*(?:["']\s*)?([\w:.-]{2,40})/i.exec(bodyStart)?.[1] ??
    /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:.-]{2,40})/i.exec(bodyStart)?.[1]
  )
}
