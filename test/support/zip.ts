import { crc32, deflateRawSync } from 'node:zlib'

/** An entry of a test's archive. `statedSize`: what the archive says, if that is a lie. */
export interface ZipEntry {
  name: string
  content: string | Buffer
  statedSize?: number
}

/** Makes a zip archive (APPNOTE 4.3) of deflated entries. */
export function makeZip(entries: ZipEntry[]): Buffer {
  const localParts: Buffer[] = []
  const centralParts: Buffer[] = []
  let offset = 0
  for (const { name, content, statedSize } of entries) {
    const bytes = Buffer.from(content)
    const packed = deflateRawSync(bytes)
    const fileName = Buffer.from(name)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(0x0800, 2) // the name is UTF-8
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(crc32(bytes), 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(statedSize ?? bytes.length, 18)
    shared.writeUInt16LE(fileName.length, 22)
    localParts.push(Buffer.from('PK\u0003\u0004'), shared, fileName, packed)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    centralParts.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), shared, place, fileName)
    offset += 4 + shared.length + fileName.length + packed.length
  }
  const central = Buffer.concat(centralParts)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...localParts, central, Buffer.from('PK\u0005\u0006'), end])
}
