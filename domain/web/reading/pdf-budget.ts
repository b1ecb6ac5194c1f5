import { constants, inflateSync } from 'node:zlib'
import { UnreadablePageError } from './work.ts'

const MAX_STREAM_BYTES = 32 * 2 ** 20
const MAX_ALL_BYTES = 128 * 2 ** 20
/** Where the dictionary of a stream is looked for, before the stream. */
const DICTIONARY_BYTES = 1000

/**
 * Inflates what a PDF has deflated, and keeps nothing of it, because a megabyte can become
 * gigabytes in the parser. Images are left out: their pixels are not needed for text. Throws
 * UnreadablePageError above the limits.
 */
export function refuseInflatedPdf(pdf: Uint8Array): void {
  const pdfBytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength)
  let remainingBudget = MAX_ALL_BYTES
  for (
    let keywordStart = pdfBytes.indexOf('stream');
    keywordStart >= 0;
    keywordStart = pdfBytes.indexOf('stream', keywordStart + 6)
  ) {
    const dataStart = startOfData(pdfBytes, keywordStart + 6)
    if (dataStart === undefined || isImage(pdfBytes, keywordStart) || !isZlib(pdfBytes, dataStart))
      continue
    remainingBudget -= inflatedLength(
      pdfBytes.subarray(dataStart),
      Math.min(remainingBudget, MAX_STREAM_BYTES)
    )
  }
}

/** undefined after `endstream`, which no line break has to follow, and in running text. */
function startOfData(file: Buffer, after: number): number | undefined {
  const isEnd = file.toString('latin1', Math.max(0, after - 9), after - 6) === 'end'
  if (isEnd) return undefined
  if (file[after] === 0x0d) return after + (file[after + 1] === 0x0a ? 2 : 1)
  return file[after] === 0x0a ? after + 1 : undefined
}

function isImage(file: Buffer, at: number): boolean {
  const precedingText = file.toString('latin1', Math.max(0, at - DICTIONARY_BYTES), at)
  return /\/Subtype\s*\/Image\b/.test(precedingText.slice(precedingText.lastIndexOf('obj') + 1))
}

/** RFC 1950, section 2.2: the method is 8, and the two bytes are a multiple of 31. */
function isZlib(file: Buffer, start: number): boolean {
  const [method = 0, flags = 0] = file.subarray(start, start + 2)
  return (method & 15) === 8 && (method * 256 + flags) % 31 === 0
}

/** At most `limit`: throws UnreadablePageError above. What is broken counts nothing. */
function inflatedLength(data: Buffer, limit: number): number {
  try {
    return inflateSync(data, { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH }).length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return 0
    throw new UnreadablePageError(
      'This PDF is far larger unpacked than packed, and is not parsed here. Look for the same elsewhere.'
    )
  }
}
