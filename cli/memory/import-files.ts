import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isZip, openArchive, refuseLargeFiles } from '../../domain/memory/transfer/files/archive.ts'
import {
  addSourceFile,
  type ImportFiles,
  pickFiles
} from '../../domain/memory/transfer/files/collect.ts'
import type { LeftOutFile, SourceFile } from '../../domain/memory/transfer/files/source-file.ts'
import { type ImportFormat, importFormats } from '../../domain/memory/transfer/import/index.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'

const READ_BYTES = 1 << 18

/**
 * Collects the file, or the files of the folder or zip archive that may belong to the format,
 * sorted by name. Throws CommandRefusedError.
 */
export async function collectImportFiles(
  path: string,
  format: ImportFormat,
  encoding: string | undefined
): Promise<ImportFiles> {
  const importFiles: ImportFiles = { files: [], left: [], warnings: [], broken: [] }
  try {
    const { size, isFolder } = await statPath(path)
    const start = isFolder ? Buffer.alloc(2) : await readStart(path)
    if (isFolder || isZip(start)) {
      const sourceFiles = isFolder
        ? await listFolder(path, format, importFiles.left)
        : await listArchive(path, importFiles.left)
      const pickedFiles = pickFiles(sourceFiles, format, importFiles.left)
      if (!isFolder) {
        const readFiles = pickedFiles.map(({ file }) => file)
        refuseLargeFiles(readFiles, quoteText(path))
      }
      for (const { file, isUncertain } of pickedFiles) {
        await addSourceFile(importFiles, file, { encoding, isUncertain })
      }
      if (importFiles.files.length + importFiles.broken.length === 0) {
        throw emptyFolderError(path, format, sourceFiles, isFolder ? 'folder' : 'archive')
      }
      return importFiles
    }
    refuseGzip(path, start)
    await addSourceFile(importFiles, fileOnDisk(path, basename(path), size), { encoding })
    return importFiles
  } catch (error) {
    if (error instanceof CommandRefusedError) throw error
    if (error instanceof ToolError) throw new CommandRefusedError(error.message)
    throw new CommandRefusedError(`${quoteText(path)} cannot be read: ${(error as Error).message}.`)
  }
}

async function statPath(path: string): Promise<{ size: number; isFolder: boolean }> {
  const stats = await stat(path)
  return { size: stats.size, isFolder: stats.isDirectory() }
}

async function readStart(path: string): Promise<Buffer> {
  const fileHandle = await open(path)
  const { buffer } = await fileHandle
    .read(Buffer.alloc(2), 0, 2, 0)
    .finally(() => fileHandle.close())
  return buffer
}

function fileOnDisk(path: string, name: string, size: number): SourceFile {
  return { path: name, size, bytes: () => createReadStream(path, { highWaterMark: READ_BYTES }) }
}

/** The files of the archive, which stays open until the command ends. */
async function listArchive(path: string, left: LeftOutFile[]): Promise<SourceFile[]> {
  const archive = await openArchive(path, quoteText(path))
  left.push(...archive.left)
  return archive.files
}

async function listFolder(
  path: string,
  format: ImportFormat,
  left: LeftOutFile[]
): Promise<SourceFile[]> {
  if (!format.picks) return []
  const fileNames = await listFiles(path, '', left)
  return fileNames.map((name) => fileOnDisk(join(path, name), name, 0))
}

function emptyFolderError(
  path: string,
  { title, takes }: ImportFormat,
  sourceFiles: SourceFile[],
  kind: 'folder' | 'archive'
): CommandRefusedError {
  const matchingFormat = importFormats.find(
    ({ title: otherTitle, picks }) =>
      otherTitle !== title &&
      picks &&
      !picks('any.json') && // says nothing about who wrote a file
      sourceFiles.some((file) => picks(file.path))
  )
  const formatHint = matchingFormat
    ? ` It has files of ${matchingFormat.title}: use --from ${matchingFormat.name}.`
    : ''
  return new CommandRefusedError(
    `The ${kind} ${quoteText(path)} contains nothing to import. ` +
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

/** Throws CommandRefusedError. */
function refuseGzip(path: string, start: Buffer): void {
  if (start[0] !== 0x1f || start[1] !== 0x8b) return
  throw new CommandRefusedError(
    `${quoteText(path)} is compressed with gzip. Unpack it first (gunzip), then give the file.`
  )
}
