import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Db } from '../../../../db/connection/connect.ts'
import { findMemoryUsage } from '../../../../db/memory/usage.ts'
import type { ImportSummary } from '../../../../db/schema/index.ts'
import { ToolError } from '../../../../lib/tool-error.ts'
import { isZip, openArchive } from '../files/archive.ts'
import { detectFormat } from '../files/detect.ts'
import type { LeftOutFile, SourceFile } from '../files/source-file.ts'
import { FORMAT_NAME } from '../line.ts'
import {
  type FileReader,
  type ImportProgressOptions,
  MAX_VALUE_CHARACTERS,
  type UploadOwner
} from './file-reader.ts'
import { foreignReader } from './foreign-reader.ts'
import { ownReader } from './own-reader.ts'

const READ_BYTES = 1 << 18

export interface UploadedFile {
  /** Where the file is. */
  path: string
  /** What the person calls it. */
  name: string
  /** The name of an import format or FORMAT_NAME; undefined to find it out. */
  format: string | undefined
}

/** An uploaded file that is imported: first a rehearsal, then for good. */
export class UploadedImport {
  readonly format: string
  readonly #db: Db
  readonly #owner: UploadOwner
  readonly #reader: FileReader

  private constructor(db: Db, owner: UploadOwner, format: string, reader: FileReader) {
    this.#db = db
    this.#owner = owner
    this.format = format
    this.#reader = reader
  }

  /** Opens the file and finds out its format. Throws ToolError. The caller closes it. */
  static async open(db: Db, file: UploadedFile, owner: UploadOwner): Promise<UploadedImport> {
    const { files, left, isArchive, close } = await listSourceFiles(file)
    try {
      const format = file.format ?? (await detectFormat(files, MAX_VALUE_CHARACTERS))
      if (format === undefined) {
        throw new ToolError(
          `${file.name} is of no known format. Choose the format, if you know it. ` +
            'The export of ChatGPT or Claude can be given as the zip that you downloaded.'
        )
      }
      const reader =
        format === FORMAT_NAME
          ? await ownReader(files, file.name, close)
          : await foreignReader(files, left, { format, isArchive, name: file.name, close })
      return new UploadedImport(db, owner, format, reader)
    } catch (error) {
      close()
      throw error
    }
  }

  close(): void {
    this.#reader.close()
  }

  /** Says what the import would do, and changes nothing. Throws ToolError. */
  async rehearse(options: ImportProgressOptions): Promise<ImportSummary> {
    const summary = await this.#reader.read(this.#db, this.#owner, { ...options, dry: true })
    await this.#refuseOverQuota(summary)
    return summary
  }

  /**
   * Imports, and fills the summary while it goes on, so that it is right even if this throws.
   * Throws ToolError, and what the signal says.
   */
  carryOut(
    options: ImportProgressOptions,
    fill: (summary: ImportSummary) => void
  ): Promise<ImportSummary> {
    return this.#reader.read(this.#db, this.#owner, { ...options, dry: false, fill })
  }

  /** Bytes are counted while the import writes; memories can be refused before. */
  async #refuseOverQuota({ created }: ImportSummary): Promise<void> {
    const { user_id: userId, quota } = this.#owner
    const { memories } = await findMemoryUsage(this.#db, userId)
    if (memories + created <= quota.memories) return
    throw new ToolError(
      `The file has ${created} new memories, but you may store ${quota.memories} and have ` +
        `${memories}. Delete some, or ask the administrator for more (MEMORY_QUOTA_COUNT).`
    )
  }
}

async function listSourceFiles({ path, name }: UploadedFile): Promise<{
  files: SourceFile[]
  left: LeftOutFile[]
  isArchive: boolean
  close: () => void
}> {
  const fileHandle = await open(path)
  const { buffer: start } = await fileHandle
    .read(Buffer.alloc(2), 0, 2, 0)
    .finally(() => fileHandle.close())
  if (isZip(start)) return { ...(await openArchive(path, name)), isArchive: true }
  if (start[0] === 0x1f && start[1] === 0x8b) {
    throw new ToolError(`${name} is compressed with gzip. Unpack it, then upload what is in it.`)
  }
  const { size } = await stat(path)
  const bytes = () => createReadStream(path, { highWaterMark: READ_BYTES })
  return { files: [{ path: name, size, bytes }], left: [], isArchive: false, close: () => {} }
}
