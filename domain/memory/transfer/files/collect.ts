import { createDecoder } from '../../../../lib/encoding/charset.ts'
import {
  detectFileEncoding,
  type FileEncoding,
  readLoosely
} from '../../../../lib/encoding/file.ts'
import { ToolError } from '../../../../lib/tool-error.ts'
import type { ImportFormat, InputFile } from '../import/item.ts'
import type { LeftOutFile, SourceFile } from './source-file.ts'

export interface ImportFiles {
  files: InputFile[]
  left: LeftOutFile[]
  /** Files that are not UTF-8, with the encoding that is used. */
  warnings: string[]
  /** Files with bytes that are not valid in their encoding. */
  broken: string[]
}

export interface ReadOptions {
  encoding?: string | undefined
  maxValueCharacters?: number | undefined
}

/** Files of a format that does not say which it reads from a folder. */
const JSON_NAME = /\.(json|jsonl|ndjson|txt)$/i

/** Adds a file with its encoding, or the reason why it cannot be read. */
export async function addSourceFile(
  importFiles: ImportFiles,
  { path, bytes }: SourceFile,
  { encoding, maxValueCharacters, isUncertain = false }: ReadOptions & { isUncertain?: boolean }
): Promise<void> {
  const fileEncoding = await detectFileEncoding(bytes, encoding).catch((error: Error) => {
    if (error instanceof ToolError) throw error
    importFiles.broken.push(`${path} cannot be read: ${error.message}.`)
  })
  if (!fileEncoding) return
  if ('fault' in fileEncoding && fileEncoding.encoding === undefined) {
    if (isUncertain) importFiles.left.push({ file: path, why: 'not a text file' })
    else importFiles.broken.push(`${path}${fileEncoding.fault}`)
    return
  }
  if ('fault' in fileEncoding) importFiles.broken.push(`${path}${fileEncoding.fault}`)
  else if (fileEncoding.encoding !== 'utf-8') {
    importFiles.warnings.push(`${path} is not UTF-8; it was read as ${fileEncoding.encoding}.`)
  }
  importFiles.files.push({
    path,
    ...(isUncertain && { uncertain: isUncertain }),
    ...(maxValueCharacters !== undefined && { maxValueCharacters }),
    chunks: () => decodeChunks(bytes(), fileEncoding)
  })
}

export interface PickedFile {
  file: SourceFile
  /** The format cannot tell from the name whether it can read the file. */
  isUncertain: boolean
}

/** The files of a folder or an archive that may belong to the format, and those that do not. */
export function pickFiles(
  sourceFiles: readonly SourceFile[],
  format: ImportFormat,
  left: LeftOutFile[]
): PickedFile[] {
  const picks = format.picks ?? ((path: string) => JSON_NAME.test(path))
  return sourceFiles.flatMap((file): PickedFile[] => {
    if (picks(file.path)) return [{ file, isUncertain: false }]
    if (format.considers?.(file.path)) return [{ file, isUncertain: true }]
    left.push({ file: file.path, why: `not a file of ${format.title}` })
    return []
  })
}

async function* decodeChunks(
  bytes: AsyncIterable<Buffer | string>,
  fileEncoding: FileEncoding
): AsyncGenerator<string> {
  if ('fault' in fileEncoding) return yield* readLoosely(bytes)
  const streamDecoder = createDecoder(fileEncoding.encoding)
  for await (const chunk of bytes) yield streamDecoder.write(chunk as Buffer)
  yield streamDecoder.end()
}
