import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createDecoder } from '../../lib/encoding/charset.ts'
import { type FileEncoding, detectFileEncoding, readLoosely } from '../../lib/encoding/file.ts'
import {
  type ImportFormat,
  importFormats,
  type InputFile
} from '../../domain/memory/transfer/import/index.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'

const READ_BYTES = 1 << 18

export interface LeftOutFile {
  file: string
  why: string
}

export interface ImportFiles {
  files: InputFile[]
  left: LeftOutFile[]
  /** Files that are not UTF-8, with the encoding that is used. */
  warnings: string[]
  /** Files with bytes that are not valid in their encoding. */
  broken: string[]
}

/**
 * Collects the file, or the files of the folder that may belong to the format, sorted by name.
 * Throws CommandRefusedError.
 */
export async function collectImportFiles(
  path: string,
  format: ImportFormat,
  encoding: string | undefined
): Promise<ImportFiles> {
  const importFiles: ImportFiles = { files: [], left: [], warnings: [], broken: [] }
  try {
    if (!(await stat(path)).isDirectory()) {
      await addFile(importFiles, path, basename(path), { encoding })
      return importFiles
    }
    const fileNames = format.picks ? await listFiles(path, '', importFiles.left) : []
    for (const name of fileNames) {
      const isPicked = format.picks!(name)
      const isUncertain = !isPicked && format.considers?.(name) === true
      if (isPicked || isUncertain) {
        await addFile(importFiles, join(path, name), name, { encoding, isUncertain })
      } else {
        importFiles.left.push({ file: name, why: `not a file of ${format.title}` })
      }
    }
    if (importFiles.files.length + importFiles.broken.length === 0) {
      throw emptyFolderError(path, format, fileNames)
    }
    return importFiles
  } catch (error) {
    if (error instanceof CommandRefusedError) throw error
    throw new CommandRefusedError(`${quoteText(path)} cannot be read: ${(error as Error).message}.`)
  }
}

function emptyFolderError(
  path: string,
  { title, takes }: ImportFormat,
  fileNames: string[]
): CommandRefusedError {
  const matchingFormat = importFormats.find(
    (format) => format.title !== title && format.picks && fileNames.some(format.picks)
  )
  const formatHint = matchingFormat
    ? ` It has files of ${matchingFormat.title}: use --from ${matchingFormat.name}.`
    : ''
  return new CommandRefusedError(
    `The folder ${quoteText(path)} contains nothing to import. ` +
      `${title}: give ${takes}.${formatHint}`
  )
}

/** Lists the files below a folder. It skips hidden folders and does not follow symbolic links. */
async function listFiles(root: string, below: string, left: LeftOutFile[]): Promise<string[]> {
  const fileNames: string[] = []
  const folderEntries = await readdir(join(root, below), { withFileTypes: true })
  for (const entry of folderEntries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const fileName = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isSymbolicLink()) {
      left.push({ file: fileName, why: 'a symbolic link, which is not followed' })
    } else if (entry.name.startsWith('.') || entry.name === 'node_modules') {
      left.push({ file: fileName, why: 'hidden' })
    } else if (entry.isDirectory()) fileNames.push(...(await listFiles(root, fileName, left)))
    else if (entry.isFile()) fileNames.push(fileName)
    else left.push({ file: fileName, why: 'not a file' })
  }
  return fileNames.sort()
}

interface ReadOptions {
  encoding: string | undefined
  /** The format cannot tell from the name whether it can read the file. */
  isUncertain?: boolean
}

async function addFile(
  importFiles: ImportFiles,
  path: string,
  name: string,
  { encoding, isUncertain = false }: ReadOptions
): Promise<void> {
  await refuseArchive(path)
  const fileEncoding = await detectFileEncoding(
    () => createReadStream(path, { highWaterMark: READ_BYTES }),
    encoding
  ).catch((error: Error) => {
    importFiles.broken.push(`${name} cannot be read: ${error.message}.`)
  })
  if (!fileEncoding) return
  if ('fault' in fileEncoding && fileEncoding.encoding === undefined) {
    if (isUncertain) importFiles.left.push({ file: name, why: 'not a text file' })
    else importFiles.broken.push(`${name}${fileEncoding.fault}`)
    return
  }
  if ('fault' in fileEncoding) importFiles.broken.push(`${name}${fileEncoding.fault}`)
  else if (fileEncoding.encoding !== 'utf-8') {
    importFiles.warnings.push(`${name} is not UTF-8; it was read as ${fileEncoding.encoding}.`)
  }
  importFiles.files.push({
    path: name,
    ...(isUncertain && { uncertain: isUncertain }),
    chunks: () => decodeChunks(path, fileEncoding)
  })
}

async function* decodeChunks(path: string, fileEncoding: FileEncoding): AsyncGenerator<string> {
  const byteStream = createReadStream(path, { highWaterMark: READ_BYTES })
  if ('fault' in fileEncoding) return yield* readLoosely(byteStream)
  const streamDecoder = createDecoder(fileEncoding.encoding)
  for await (const bytes of byteStream) yield streamDecoder.write(bytes as Buffer)
  yield streamDecoder.end()
}

/** Recognises zip and gzip by their first bytes. Throws CommandRefusedError. */
async function refuseArchive(path: string): Promise<void> {
  const fileHandle = await open(path)
  const { buffer } = await fileHandle
    .read(Buffer.alloc(2), 0, 2, 0)
    .finally(() => fileHandle.close())
  if (buffer.toString('latin1') === 'PK') {
    throw new CommandRefusedError(
      `${quoteText(path)} is a zip archive. Unpack it first, then give the folder or file in it.`
    )
  }
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) {
    throw new CommandRefusedError(
      `${quoteText(path)} is compressed with gzip. Unpack it first (gunzip), then give the file.`
    )
  }
}
