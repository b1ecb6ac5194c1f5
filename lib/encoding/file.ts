import { isAscii } from 'node:buffer'
import { createDecoder, markOf, utf8Faults, WrongEncodingError } from './charset.ts'
import { guessEncoding, isDamagedUtf8, unmarkedUtf16 } from './guess.ts'

/** Of the bytes that are no UTF-8, how many decide what they are instead. */
const SAMPLE_BYTES = 64 * 1024
/** Where text does not have a NUL, and binary files do. */
const NUL_BYTES = 8192

/** `fault` goes after the file's name: it is UTF-8 with broken places, or no text at all. */
export type FileEncoding = { encoding: string } | { encoding: 'utf-8' | undefined; fault: string }

type FileBytes = AsyncIterable<Buffer | string>

/**
 * How a file is encoded: as stated; or by its mark; or UTF-8 when all of it is valid; or what its
 * bytes look like. Reads the file once, or twice.
 */
export async function detectFileEncoding(
  bytes: () => FileBytes,
  stated: string | undefined
): Promise<FileEncoding> {
  if (stated !== undefined) {
    return (await isValid(bytes(), stated))
      ? { encoding: stated }
      : { encoding: undefined, fault: ` is not valid ${stated}.` }
  }
  const { start, faults, line, sample } = await utf8FaultsOf(bytes())
  const markedEncoding = markOf(start) ?? unmarkedUtf16(start)
  if (markedEncoding && markedEncoding !== 'utf-8') {
    return (await isValid(bytes(), markedEncoding))
      ? { encoding: markedEncoding }
      : { encoding: undefined, fault: ` is not valid ${markedEncoding}.` }
  }
  if (start.includes(0)) {
    return { encoding: undefined, fault: ' is no text: it contains NUL bytes.' }
  }
  if (faults.faults === 0) return { encoding: 'utf-8' }
  if (!isDamagedUtf8(faults) && markedEncoding === undefined) {
    const guessedEncoding = guessEncoding(sample)
    if (guessedEncoding !== 'utf-8' && (await isValid(bytes(), guessedEncoding))) {
      return { encoding: guessedEncoding }
    }
  }
  const faultyBytes = faults.faults === 1 ? 'one byte is' : `${faults.faults} bytes are`
  return { encoding: 'utf-8', fault: `, line ${line}: the file is UTF-8, but ${faultyBytes} not.` }
}

/** Characters of UTF-8; U+FFFD for what is broken. */
export async function* readLoosely(bytes: FileBytes): AsyncGenerator<string> {
  const looseDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const chunk of bytes) yield looseDecoder.decode(chunk as Buffer, { stream: true })
  yield looseDecoder.decode()
}

async function isValid(bytes: FileBytes, encoding: string): Promise<boolean> {
  const strictDecoder = createDecoder(encoding)
  try {
    for await (const chunk of bytes) strictDecoder.write(chunk as Buffer)
    strictDecoder.end()
    return true
  } catch (error) {
    if (error instanceof WrongEncodingError) return false
    throw error
  }
}

/** All faults of a file, the line of the first, and lines that have some. */
async function utf8FaultsOf(bytes: FileBytes) {
  const faults = { faults: 0, characters: 0 }
  let [start, rest, sample] = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)] as [
    Buffer,
    Buffer,
    Buffer
  ]
  let [lines, line] = [1, 0]
  const look = (part: Buffer) => {
    const partFaults = utf8Faults(part)
    if (partFaults) {
      if (line === 0) line = lines + countNewlines(part.subarray(0, partFaults.first))
      faults.faults += partFaults.faults
      faults.characters += partFaults.characters
      if (sample.length < SAMPLE_BYTES) sample = Buffer.concat([sample, part])
    } else if (!isAscii(part)) faults.characters += 2 + part.length / 64
    lines += countNewlines(part)
  }
  for await (const chunk of bytes) {
    if (start.length < NUL_BYTES) {
      start = Buffer.concat([start, chunk as Buffer]).subarray(0, NUL_BYTES)
    }
    const part = Buffer.concat([rest, chunk as Buffer])
    const whole = part.length - unfinishedBytes(part)
    rest = part.subarray(whole)
    look(part.subarray(0, whole))
  }
  look(rest)
  return { start, faults, line, sample }
}

/** How many bytes at the end begin a character that goes on in the next chunk. */
function unfinishedBytes(part: Buffer): number {
  for (let back = 1; back <= Math.min(3, part.length); back++) {
    const lastByte = part[part.length - back]!
    if (lastByte >= 0xc2 && lastByte <= 0xf4) {
      return (lastByte >= 0xf0 ? 4 : lastByte >= 0xe0 ? 3 : 2) > back ? back : 0
    }
    if (lastByte < 0x80) return 0
  }
  return 0
}

function countNewlines(bytes: Buffer): number {
  let newlineCount = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) newlineCount++
  return newlineCount
}
