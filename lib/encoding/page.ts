import { isUtf8 } from 'node:buffer'
import { decodeAs, decodeLoosely, encodingOf, markOf, utf8Faults } from './charset.ts'
import { guessEncoding, isDamagedUtf8 } from './guess.ts'

/** Pages may name their encoding in their first kilobyte (HTML §4.2.5.4); many do it later. */
const PRESCAN_BYTES = 64 * 1024
/** Of the characters beyond ASCII, how many may be unreadable in a stated encoding. */
const TOLERATED = 0.05

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
  const marked = markOf(body)
  if (marked) return loosely(body, marked)
  const faults = isUtf8(body)
    ? undefined
    : (utf8Faults(body.subarray(0, FAULTS_BYTES)) ?? LATE_FAULT)
  if (!faults && body.some((byte) => byte > 0x7f)) return { text: body.toString('utf8') }
  const labels = [stated, statedWithin(body)].flatMap((label) =>
    label === undefined ? [] : (encodingOf(label) ?? [])
  )
  for (const encoding of labels) {
    const text = decodeAs(body, encoding)
    if (text !== undefined) return { text }
  }
  if (!faults) return { text: body.toString('latin1') } // ASCII
  if (isDamagedUtf8(faults)) return loosely(body, 'utf-8')
  const damaged = labels
    .map((encoding) => loosely(body, encoding))
    .find(({ text }) => isTolerable(text))
  if (damaged) return damaged
  const encoding = guessEncoding(body)
  const { text, note } = loosely(body, encoding)
  const guess = `The page does not say how it is encoded; it was read as ${encoding}, by its bytes.`
  return { text, note: note ? `${guess} ${note}` : guess }
}

function loosely(body: Buffer, encoding: string): DecodedPage {
  const { text, faults } = decodeLoosely(body, encoding)
  const plain = text.replace(/^\ufeff/, '')
  return faults === 0 ? { text: plain } : { text: plain, note: unreadable(faults, encoding) }
}

function unreadable(faults: number, encoding: string): string {
  const [places, stand] = faults === 1 ? ['One place', 'stands'] : [`${faults} places`, 'stand']
  return `${places} could not be read as ${encoding} and ${stand} as U+FFFD.`
}

function isTolerable(text: string): boolean {
  const faults = text.match(/\ufffd/g)?.length ?? 0

  return faults < (text.match(/[^\0-\x7f]/g)?.length ?? 0) * TOLERATED
}

/** What the page itself states: in a meta element, or in its XML declaration. */
function statedWithin(body: Buffer): string | undefined {
  const start = body.toString('latin1', 0, PRESCAN_BYTES)
  return (
    /<meta[^>]{0,200}?charset\s*=\s*(?:["']\s*)?([\w:.-]{2,40})/i.exec(start)?.[1] ??
    /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:.-]{2,40})/i.exec(start)?.[1]
  )
}
