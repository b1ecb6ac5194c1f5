import { isAscii } from 'node:buffer'
import { createDecoder, markOf, utf8Faults, WrongEncodingError } from './charset.ts'
import { guessEncoding, isDamagedUtf8, unmarkedUtf16 } from './guess.ts'

/** Of the bytes that are no UTF-8, how many decide what they are instead. */
const SAMPLE_BYTES = 64 * 1024
/** Where text does not have a NUL, and binary files do. */
const NUL_BYTES = 8192

/** `fault` goes after the file's name: it is UTF-8 with broken places, or no text at all. */
export type FileEncoding = { encoding: string } | { encoding: 'utf-8' | undefined; fault: string }

type Bytes = AsyncIterable<Buffer | string>

/**
 * How a file is encoded: as stated; or by its mark; or UTF-8 when all of it is valid; or what its
 * bytes look like. Reads the file once, or twice.
 */
export async function encodingOfFile(
  bytes: () => Bytes,
  stated: string | undefined
): Promise<FileEncoding> {
  if (stated !== undefined) {
    return (await isValid(bytes(), stated))
      ? { encoding: stated }
      : { encoding: undefined, fault: ` is not valid ${stated}.` }
  }
  const { start, faults, line, sample } = await utf8FaultsOf(bytes())
  const encoding = markOf(start) ?? unmarkedUtf16(start)
  if (encoding && encoding !== 'utf-8') {
    return (await isValid(bytes(), encoding))
      ? { encoding }
      : { encoding: undefined, fault: ` is not valid ${encoding}.` }
  }
  if (start.includes(0)) {
    return { encoding: undefined, fault: ' is no text: it contains NUL bytes.' }
  }
  if (faults.faults === 0) return { encoding: 'utf-8' }
  if (!isDamagedUtf8(faults) && encoding === undefined) {
    const guess = guessEncoding(sample)
    if (guess !== 'utf-8' && (await isValid(bytes(), guess))) return { encoding: guess }
  }
  const places = faults.faults === 1 ? 'one byte is' : `${faults.faults} bytes are`
  return { encoding: 'utf-8', fault: `, line ${line}: the file is UTF-8, but ${places} not.` }
}

/** Characters of UTF-8; U+FFFD for what is broken. */
export async function* readLoosely(bytes: Bytes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const chunk of bytes) yield decoder.decode(chunk as Buffer, { stream: true })
  yield decoder.decode()
}

async function isValid(bytes: Bytes, encoding: string): Promise<boolean> {
  const decoder = createDecoder(encoding)
  try {
    for await (const chunk of bytes) decoder.write(chunk as Buffer)
    decoder.end()
    return true
  } catch (error) {
    if (error instanceof WrongEncodingError) return false
    throw error
  }
}

/** All faults of a file, the line of the first, and lines that have some. */
async function utf8FaultsOf(bytes: Bytes) {
  const faults = { faults: 0, characters: 0 }
  let [start, rest, sample] = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)] as [
    Buffer,
    Buffer,
    Buffer
  ]
  let [lines, line] = [1, 0]
  const look = (part: Buffer) => {
    const found = utf8Faults(part)
    if (found) {
      if (line === 0) line = lines + newlines(part.subarray(0, found.first))
      faults.faults += found.faults
      faults.characters += found.characters
      if (sample.length < SAMPLE_BYTES) sample = Buffer.concat([sample, part])
    } else if (!isAscii(part)) faults.characters += 2 + part.length / 64
    lines += newlines(part)
  }
  for await (const chunk of bytes) {
    if (start.length < NUL_BYTES) {
      start = Buffer.concat([start, chunk as Buffer]).subarray(0, NUL_BYTES)
    }
    const part = Buffer.concat([rest, chunk as Buffer])
    const whole = part.length - unfinished(part)
    rest = part.subarray(whole)
    look(part.subarray(0, whole))
  }
  look(rest)
  return { start, faults, line, sample }
}

/** How many bytes at the end begin a character that goes on in the next chunk. */
function unfinished(part: Buffer): number {
  for (let back = 1; back <= Math.min(3, part.length); back++) {
    const byte = part[part.length - back]!
    if (byte >= 0xc2 && byte <= 0xf4) {
      return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
    }
    if (byte < 0x80) return 0
  }
  return 0
}

function newlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}
