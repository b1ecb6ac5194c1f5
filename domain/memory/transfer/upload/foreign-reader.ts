import type { Db } from '../../../../db/connection/connect.ts'
import type { ImportSummary, Source } from '../../../../db/schema/index.ts'
import { ToolError } from '../../../../lib/tool-error.ts'
import { refuseLargeFiles } from '../files/archive.ts'
import { addSourceFile, type ImportFiles, pickFiles } from '../files/collect.ts'
import type { LeftOutFile, SourceFile } from '../files/source-file.ts'
import { checkItems } from '../foreign.ts'
import { type ImportFormat, importFormats } from '../import/index.ts'
import type { ImportItem } from '../import/item.ts'
import { ImportRun } from '../import/run.ts'
import { emptyImportReport, importItems } from '../import/take-in.ts'
import {
  type FileReader,
  MAX_VALUE_CHARACTERS,
  type ReadMode,
  type UploadOwner
} from './file-reader.ts'
import { foreignSummary } from './summary.ts'

/** Reads the export of another product. Throws ToolError. */
export async function foreignReader(
  files: SourceFile[],
  left: LeftOutFile[],
  options: { format: string; isArchive: boolean; name: string; close: () => void }
): Promise<FileReader> {
  const format = importFormats.find(({ name }) => name === options.format)!
  const importFiles: ImportFiles = { files: [], left: [...left], warnings: [], broken: [] }
  const pickedFiles = options.isArchive
    ? pickFiles(files, format, importFiles.left)
    : files.map((file) => ({ file, isUncertain: false }))
  refuseLargeFiles(
    pickedFiles.map(({ file }) => file),
    options.name
  )
  for (const { file, isUncertain } of pickedFiles) {
    await addSourceFile(importFiles, file, {
      isUncertain,
      maxValueCharacters: MAX_VALUE_CHARACTERS
    })
  }
  const importRun = new ImportRun()
  let itemCount: number | undefined
  return {
    close: options.close,
    async read(db, owner, mode) {
      itemCount ??= await requireItems(format, importFiles, importRun)
      return importForeign(db, owner, mode, { format, importFiles, importRun, itemCount })
    }
  }
}

async function requireItems(
  format: ImportFormat,
  importFiles: ImportFiles,
  importRun: ImportRun
): Promise<number> {
  const { items, faults } = await checkItems(format, importFiles, importRun)
  if (items > 0) return items
  const firstFault = faults[0] === undefined ? '' : `${faults[0]} `
  throw new ToolError(
    `${firstFault}There is nothing to import in it. ${format.title}: give ${format.takes}.`
  )
}

async function importForeign(
  db: Db,
  { user_id, import_id, agent_name, quota }: UploadOwner,
  { dry, tell, signal, fill }: ReadMode,
  source: {
    format: ImportFormat
    importFiles: ImportFiles
    importRun: ImportRun
    itemCount: number
  }
): Promise<ImportSummary> {
  const { format, importFiles, importRun, itemCount } = source
  const report = emptyImportReport()
  report.warnings.push(...importFiles.warnings)
  report.broken.push(...importFiles.broken)
  const author: Source = { kind: 'console', name: `import from ${format.title}`, import_id }
  const items = untilAborted(format.read(importFiles.files, importRun), signal)
  await importItems(db, items, report, {
    user_id,
    source: author,
    agent_name,
    dry,
    quota,
    tell(done) {
      tell(done, itemCount)
      fill?.(foreignSummary(report, importFiles))
    }
  })
  return foreignSummary(report, importFiles)
}

async function* untilAborted(
  items: AsyncIterable<ImportItem>,
  signal: AbortSignal
): AsyncGenerator<ImportItem> {
  for await (const item of items) {
    signal.throwIfAborted()
    yield item
  }
}
