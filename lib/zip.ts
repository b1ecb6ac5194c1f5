import { crc32 } from 'node:zlib'

/** A file of an archive. */
export interface ZipFile {
  /** The path in the archive, with slashes. */
  path: string
  content: Buffer
}

const LOCAL_HEADER = Buffer.from('PK\u0003\u0004')
const CENTRAL_HEADER = Buffer.from('PK\u0001\u0002')
const END_HEADER = Buffer.from('PK\u0005\u0006')
const VERSION = 20
const UTF8_NAMES = 0x0800
/** 1 January 1980, the first date of the format: the bytes must not depend on the clock. */
const DATE = 0x0021
/** A regular file, readable by all, made on Unix. */
const UNIX_VERSION = (3 << 8) | VERSION
const FILE_MODE = 0o100644 * 0x10000

/**
 * A zip archive (APPNOTE 6.3) of these files, not compressed. The same files give the same bytes,
 * whatever the time and the version of zlib.
 */
export function zipArchive(files: readonly ZipFile[]): Buffer {
  const localParts: Buffer[] = []
  const centralParts: Buffer[] = []
  let offset = 0
  for (const { path, content } of files) {
    const name = Buffer.from(path)
    const shared = sharedFields(name, content)
    localParts.push(LOCAL_HEADER, shared, name, content)
    const madeBy = Buffer.alloc(2)
    madeBy.writeUInt16LE(UNIX_VERSION)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(FILE_MODE, 6)
    place.writeUInt32LE(offset, 10)
    centralParts.push(CENTRAL_HEADER, madeBy, shared, place, name)
    offset += LOCAL_HEADER.length + shared.length + name.length + content.length
  }
  const central = Buffer.concat(centralParts)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...localParts, central, END_HEADER, end])
}

/** The fields that both headers of a file have, from the version to the length of extra fields. */
function sharedFields(name: Buffer, content: Buffer): Buffer {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(VERSION, 0)
  fields.writeUInt16LE(UTF8_NAMES, 2)
  fields.writeUInt16LE(DATE, 8)
  fields.writeUInt32LE(crc32(content), 10)
  fields.writeUInt32LE(content.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return fields
}
