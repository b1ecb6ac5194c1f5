import yauzl from 'yauzl'
import { ToolError } from '../../../../lib/tool-error.ts'
import type { LeftOutFile, SourceFile } from './source-file.ts'

/** Entries that are listed. A large export of ChatGPT has some thousand. */
const MAX_ENTRIES = 100_000
/** Bytes that all read entries together may unpack to. */
const MAX_TOTAL_BYTES = 8_000_000_000
/** How much larger than its packed form an entry may be; text has about 10. */
const MAX_RATIO = 250
/** An entry of this size is harmless, whatever its ratio. */
const FREE_BYTES = 10_000_000

export interface Archive {
  files: SourceFile[]
  left: LeftOutFile[]
  close: () => void
}

/** Whether a file begins as a zip archive. */
export function isZip(start: Uint8Array): boolean {
  return start[0] === 0x50 && start[1] === 0x4b
}

/**
 * Lists the files of a zip archive without unpacking it: each is unpacked while it is read, and
 * nothing is written. Throws ToolError for a broken archive, for names that lead out of it, and for
 * one that unpacks to far more than text does. `name`: how errors call the archive.
 */
export async function openArchive(path: string, name: string): Promise<Archive> {
  const zipFile = await yauzl.openPromise(path, { autoClose: false }).catch(refuseBroken(name))
  try {
    return { ...(await listEntries(zipFile, name)), close: () => zipFile.close() }
  } catch (error) {
    zipFile.close()
    throw error
  }
}

async function listEntries(
  zipFile: yauzl.ZipFile,
  name: string
): Promise<Pick<Archive, 'files' | 'left'>> {
  if (zipFile.entryCount > MAX_ENTRIES) {
    throw new ToolError(`${name} has more than ${MAX_ENTRIES} entries.`)
  }
  const files: SourceFile[] = []
  const left: LeftOutFile[] = []
  try {
    for await (const entry of zipFile.eachEntry()) {
      const { fileName } = entry
      if (fileName.endsWith('/')) continue
      const why = reasonToLeaveOut(entry)
      if (why !== undefined) left.push({ file: fileName, why })
      else {
        files.push({
          path: fileName,
          size: entry.uncompressedSize,
          bytes: () => readEntry(zipFile, entry, name)
        })
      }
    }
  } catch (error) {
    if (error instanceof ToolError) throw error
    return refuseBroken(name)(error as Error)
  }
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), left }
}

function reasonToLeaveOut(entry: yauzl.Entry): string | undefined {
  if (/(^|\/)(\.|__MACOSX\/)/.test(entry.fileName)) return 'hidden'
  if (/\.(zip|gz|7z|rar|tar)$/i.test(entry.fileName)) return 'an archive in the archive'
  if (entry.isEncrypted()) return 'encrypted'
  return entry.canDecodeFileData() ? undefined : 'packed in an unknown way'
}

/**
 * Refuses files that together unpack to too much. The sizes are those that the archive states;
 * reading an entry fails where it has more. Throws ToolError.
 */
export function refuseLargeFiles(files: readonly SourceFile[], name: string): void {
  const totalBytes = files.reduce((total, { size }) => total + size, 0)
  if (totalBytes <= MAX_TOTAL_BYTES) return
  throw new ToolError(
    `${name} unpacks to ${totalBytes} bytes of text. At most ${MAX_TOTAL_BYTES} can be imported.`
  )
}

/** Unpacks an entry while it is read. Throws ToolError if it is broken, or a bomb. */
async function* readEntry(
  zipFile: yauzl.ZipFile,
  entry: yauzl.Entry,
  name: string
): AsyncGenerator<Buffer> {
  const { fileName, uncompressedSize, compressedSize } = entry
  if (uncompressedSize > FREE_BYTES && uncompressedSize > compressedSize * MAX_RATIO) {
    throw new ToolError(
      `${name}: ${fileName} unpacks to ${uncompressedSize} bytes, which is far more than text does.`
    )
  }
  try {
    const entryStream = await zipFile.openReadStreamPromise(entry)
    for await (const chunk of entryStream) yield chunk as Buffer
  } catch (error) {
    throw new ToolError(`${name}: ${fileName} is broken (${(error as Error).message}).`)
  }
}

function refuseBroken(name: string): (error: Error) => never {
  return (error) => {
    throw new ToolError(`${name} is not a valid zip archive: ${error.message}.`)
  }
}
