import { constants, inflateSync } from 'node:zlib'
import { UnreadablePageError } from './work.ts'

const MAX_STREAM_BYTES = 32 * 2 ** 20
const MAX_ALL_BYTES = 128 * 2 ** 20
/** The dictionary of a stream stands within this distance before it. */
const DICTIONARY_BYTES = 1000

/**
 * Inflates the streams of a PDF only to measure them: a megabyte can become gigabytes in the
 * parser. Skips images, which hold no text. Throws UnreadablePageError above a limit.
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
    if (
      dataStart === undefined ||
      isImage(pdfBytes, keywordStart) ||
      !isZlib(pdfBytes, dataStart)
    ) {
      continue
    }
    remainingBudget -= inflatedLength(
      pdfBytes.subarray(dataStart),
      Math.min(remainingBudget, MAX_STREAM_BYTES)
    )
  }
}

/** The start of the stream data; undefined after `endstream` and in running text. */
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

/** RFC 1950 §2.2: the method is 8, and the two bytes are a multiple of 31. */
function isZlib(file: Buffer, start: number): boolean {
  const [method = 0, flags = 0] = file.subarray(start, start + 2)
  return (method & 15) === 8 && (method * 256 + flags) % 31 === 0
}

/** The inflated length; 0 for broken data. Throws UnreadablePageError above `limit`. */
function inflatedLength(data: Buffer, limit: number): number {
  try {
    return inflateSync(data, { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH }).length
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return 0
    throw new UnreadablePageError(
      'This PDF is too large when decompressed. Look for the same elsewhere.'
    )
  }
}
