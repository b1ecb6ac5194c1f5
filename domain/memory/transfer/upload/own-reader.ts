import type { Trx } from '../../../../db/connection/connect.ts'
import { rehearseWork } from '../../../../db/connection/rehearsal.ts'
import { findMemoryUsage } from '../../../../db/memory/usage.ts'
import { ToolError } from '../../../../lib/tool-error.ts'
import { refuseLargeFiles } from '../files/archive.ts'
import { addSourceFile, type ImportFiles } from '../files/collect.ts'
import type { SourceFile } from '../files/source-file.ts'
import type { InputFile } from '../import/item.ts'
import { readNumberedLines } from '../import/json-text.ts'
import { importJsonLines, type ImportResult } from '../index.ts'
import { type FileReader, MAX_VALUE_CHARACTERS, type UploadOwner } from './file-reader.ts'
import { ownSummary } from './summary.ts'

/** Reads an export of this product, all or nothing. Throws ToolError. */
export async function ownReader(
  files: SourceFile[],
  name: string,
  close: () => void
): Promise<FileReader> {
  const importFiles: ImportFiles = { files: [], left: [], warnings: [], broken: [] }
  refuseLargeFiles(files, name)
  for (const file of files.filter(({ path }) => files.length === 1 || /\.jsonl$/i.test(path))) {
    await addSourceFile(importFiles, file, { maxValueCharacters: MAX_VALUE_CHARACTERS })
  }
  const [inputFile, ...otherFiles] = importFiles.files
  if (importFiles.broken[0]) throw new ToolError(importFiles.broken[0])
  if (!inputFile || otherFiles.length > 0) {
    throw new ToolError(`${name} does not have exactly one file with an export.`)
  }
  let lineCount = 0
  return {
    close,
    async read(db, owner, { dry, tell, signal }) {
      const importFile = async (trx: Trx): Promise<ImportResult> => {
        const result = await importJsonLines(trx, owner.user_id, readLines(inputFile, signal), {
          import_id: owner.import_id,
          tell(lines) {
            tell(lines, dry ? 0 : lineCount)
            if (dry) lineCount = lines
          }
        })
        await refuseUsage(trx, owner)
        return result
      }
      return ownSummary(
        dry ? await rehearseWork(db, importFile) : await db.transaction().execute(importFile)
      )
    }
  }
}

/** An import of our own export is all or nothing, so its size counts at its end. */
async function refuseUsage(trx: Trx, { user_id: userId, quota }: UploadOwner): Promise<void> {
  const { memories, bytes } = await findMemoryUsage(trx, userId)
  if (memories <= quota.memories && bytes <= quota.bytes) return
  throw new ToolError(
    `With this import you would store ${memories} memories in ${bytes} bytes. ` +
      `You may store ${quota.memories} in ${quota.bytes}.`
  )
}

async function* readLines(file: InputFile, signal: AbortSignal): AsyncGenerator<string> {
  let lineNumber = 0
  for await (const { text, number } of readNumberedLines(file)) {
    signal.throwIfAborted()
    for (; lineNumber < number - 1; lineNumber++) yield '' // errors count empty lines, too
    lineNumber = number
    yield text
  }
}
