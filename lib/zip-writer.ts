import { promisify } from 'node:util'
import { crc32, deflateRaw, deflateRawSync } from 'node:zlib'

const deflateAside = promisify(deflateRaw)
/** Up to this size, passing the bytes to another thread costs ten times the work itself. */
const SMALL_BYTES = 32_768

/** A file of an archive. */
export interface ZippedFile {
  name: string
  content: string | Uint8Array
}

const VERSION = 45 // zip64
const UTF8_NAME = 0x0800
const DEFLATED = 8
/** 1 January 1980: an archive of the same files has the same bytes. */
const DATE = 0x0021
const MAX_16 = 0xffff
const MAX_32 = 0xffffffff

/**
 * Yields a zip archive (APPNOTE 6.3) of the files, one after another: memory holds one file, and
 * the list of names. An archive of many files or over 4 GB ends in the form of zip64. The bytes
 * depend on nothing but the files.
 */
export async function* zipArchive(
  files: AsyncIterable<ZippedFile> | Iterable<ZippedFile>
): AsyncGenerator<Buffer> {
  const directory: Buffer[] = []
  let offset = 0
  for await (const { name, content } of files) {
    const bytes = Buffer.from(content)
    const packed = bytes.length <= SMALL_BYTES ? deflateRawSync(bytes) : await deflateAside(bytes)
    const fileName = Buffer.from(name)
    const description = describeFile(bytes, packed.length, fileName.length)
    const header = Buffer.concat([signature(0x04034b50), description, fileName])
    yield header
    yield packed
    directory.push(directoryEntry(description, fileName, offset))
    offset += header.length + packed.length
  }
  const directoryBytes = Buffer.concat(directory)
  yield directoryBytes
  yield archiveEnd(directory.length, directoryBytes.length, offset)
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** What the header of a file and its entry in the directory share. */
function describeFile(bytes: Buffer, packedSize: number, nameLength: number): Buffer {
  const description = Buffer.alloc(26)
  description.writeUInt16LE(VERSION, 0)
  description.writeUInt16LE(UTF8_NAME, 2)
  description.writeUInt16LE(DEFLATED, 4)
  description.writeUInt16LE(DATE, 8)
  description.writeUInt32LE(crc32(bytes), 10)
  description.writeUInt32LE(packedSize, 14)
  description.writeUInt32LE(bytes.length, 18)
  description.writeUInt16LE(nameLength, 22)
  return description
}

function directoryEntry(description: Buffer, fileName: Buffer, offset: number): Buffer {
  const isFar = offset >= MAX_32
  const extra = isFar ? Buffer.alloc(12) : Buffer.alloc(0)
  if (isFar) {
    extra.writeUInt16LE(1, 0) // zip64
    extra.writeUInt16LE(8, 2)
    extra.writeBigUInt64LE(BigInt(offset), 4)
  }
  const fields = Buffer.from(description)
  fields.writeUInt16LE(extra.length, 24)
  const place = Buffer.alloc(14)
  place.writeUInt32LE(Math.min(offset, MAX_32), 10)
  const madeBy = Buffer.from([VERSION, 0])
  return Buffer.concat([signature(0x02014b50), madeBy, fields, place, fileName, extra])
}

/** The end of the archive, after its zip64 form where the numbers need it. */
function archiveEnd(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(18)
  end.writeUInt16LE(Math.min(count, MAX_16), 4)
  end.writeUInt16LE(Math.min(count, MAX_16), 6)
  end.writeUInt32LE(Math.min(size, MAX_32), 8)
  end.writeUInt32LE(Math.min(offset, MAX_32), 12)
  const shortEnd = Buffer.concat([signature(0x06054b50), end])
  if (count < MAX_16 && size < MAX_32 && offset < MAX_32) return shortEnd
  const longEnd = Buffer.alloc(52)
  longEnd.writeBigUInt64LE(44n, 0)
  longEnd.writeUInt16LE(VERSION, 8)
  longEnd.writeUInt16LE(VERSION, 10)
  longEnd.writeBigUInt64LE(BigInt(count), 20)
  longEnd.writeBigUInt64LE(BigInt(count), 28)
  longEnd.writeBigUInt64LE(BigInt(size), 36)
  longEnd.writeBigUInt64LE(BigInt(offset), 44)
  const locator = Buffer.alloc(16)
  locator.writeBigUInt64LE(BigInt(offset + size), 4)
  locator.writeUInt32LE(1, 12)
  return Buffer.concat([signature(0x06064b50), longEnd, signature(0x07064b50), locator, shortEnd])
}
