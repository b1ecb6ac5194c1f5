import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'

/** Single-byte code pages of DOS and others that the Encoding standard does not list. */
const FURTHER_LABELS = /^(?:cp|ibm)\d{3,4}$|^iso-8859-16$|^utf-32(?:le|be)?$/

/** Bytes are not valid in the encoding that they are said to be in. */
export class WrongEncodingError extends Error {
  override name = 'WrongEncodingError'
}

/** Decodes a text that comes in pieces. Both functions throw WrongEncodingError. */
export interface StreamDecoder {
  write: (bytes: Buffer) => string
  end: () => string
}

/**
 * The name of the encoding that a label stands for (Encoding standard §4.2: `latin1` and
 * `iso-8859-1` are windows-1252, `gb2312` is gbk); undefined when it is unknown or refused here.
 */
export function findEncoding(label: string): string | undefined {
  const labelName = label.trim().toLowerCase()
  try {
    return new TextDecoder(labelName).encoding
  } catch {
    return FURTHER_LABELS.test(labelName) && iconv.encodingExists(labelName) ? labelName : undefined
  }
}

/** The text without its byte order mark; undefined when the bytes are not valid in it. */
export function decodeAs(bytes: Buffer, encoding: string): string | undefined {
  try {
    const strictDecoder = createDecoder(encoding)
    return (strictDecoder.write(bytes) + strictDecoder.end()).replace(/^\ufeff/, '')
  } catch (error) {
    if (error instanceof WrongEncodingError) return undefined
    throw error
  }
}

/** The text with U+FFFD for each thing that cannot be read, and how many these are. */
export function decodeLoosely(bytes: Buffer, encoding: string): { text: string; faults: number } {
  const looseText =
    usesPlatformDecoder(encoding) || encoding === 'utf-8'
      ? new TextDecoder(encoding).decode(bytes)
      : restoreControls(bytes, iconv.decode(bytes, encoding), encoding)
  return { text: looseText, faults: looseText.match(/\ufffd/g)?.length ?? 0 }
}

/** What a byte order mark says; undefined without one. */
export function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] !== 0xff || bytes[1] !== 0xfe) return undefined
  return bytes.length >= 4 && bytes[2] === 0 && bytes[3] === 0 ? 'utf-32le' : 'utf-16le'
}

/**
 * A strict decoder. The platform's own is used for ISO-2022-JP alone: that of Node.js 20 loses
 * the bytes 0x80 to 0x9F of windows-1252 (nodejs/node#60888).
 */
export function createDecoder(encoding: string): StreamDecoder {
  if (encoding === 'utf-8' || usesPlatformDecoder(encoding)) return platformDecoder(encoding)
  const iconvDecoder = iconv.getDecoder(encoding, { stripBOM: false })
  const requireDecodable = (text: string) => {
    if (text.includes('\ufffd') && !isUnicode(encoding)) throw new WrongEncodingError(encoding)
    return text
  }
  return {
    write: (bytes) => requireDecodable(restoreControls(bytes, iconvDecoder.write(bytes), encoding)),
    end: () => requireDecodable(iconvDecoder.end() ?? '')
  }
}

function platformDecoder(encoding: string): StreamDecoder {
  const textDecoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  const decodeChunk = (bytes: Buffer | undefined, stream: boolean) => {
    try {
      return textDecoder.decode(bytes, { stream })
    } catch (error) {
      throw new WrongEncodingError(encoding, { cause: error })
    }
  }
  return { write: (bytes) => decodeChunk(bytes, true), end: () => decodeChunk(undefined, false) }
}

const usesPlatformDecoder = (encoding: string) => encoding === 'iso-2022-jp'
const isUnicode = (encoding: string) => encoding.startsWith('utf-')

/** Bytes 0x80 to 0x9F without a character are control characters (Encoding standard §9). */
function restoreControls(bytes: Buffer, text: string, encoding: string): string {
  if (!/^windows-|^iso-8859-/.test(encoding) || !text.includes('\ufffd')) return text
  return text.replace(/\ufffd/g, (mark, at: number) => {
    const undecodedByte = bytes[at]!
    return undecodedByte >= 0x80 && undecodedByte <= 0x9f
      ? String.fromCharCode(undecodedByte)
      : mark
  })
}

export interface Utf8Faults {
  first: number
  faults: number
  characters: number
}

/**
 * Where UTF-8 breaks: the offset of the first byte that is not part of it, how many such bytes
 * there are, and how many characters beyond ASCII are right. undefined when all is right.
 */
export function utf8Faults(bytes: Buffer): Utf8Faults | undefined {
  if (isUtf8(bytes)) return undefined
  let [at, first, faults, characters] = [0, -1, 0, 0]
  while (at < bytes.length) {
    const characterLength = sequenceLength(bytes, at)
    if (characterLength === 0) {
      if (first < 0) first = at
      faults++
    } else if (characterLength > 1) characters++
    at += characterLength || 1
  }
  return { first, faults, characters }
}

/** Bytes of the character that begins here (RFC 3629 §4); 0 when none does. */
function sequenceLength(bytes: Buffer, at: number): number {
  const leadByte = bytes[at]!
  if (leadByte < 0x80) return 1
  const expectedLength = leadByte < 0xc2 ? 0 : leadByte < 0xe0 ? 2 : leadByte < 0xf0 ? 3 : 4
  const characterBytes = bytes.subarray(at, at + expectedLength)
  return characterBytes.length === expectedLength && isUtf8(characterBytes) ? expectedLength : 0
}
