import type { Db } from '../../db/connection/connect.ts'
import type { Source } from '../../db/schema/index.ts'
import { findEncoding } from '../../lib/encoding/charset.ts'
import { type ImportFormat, importFormats } from '../../domain/memory/transfer/import/index.ts'
import type { ImportFiles } from '../../domain/memory/transfer/files/collect.ts'
import { checkItems } from '../../domain/memory/transfer/foreign.ts'
import { ImportRun } from '../../domain/memory/transfer/import/run.ts'
import {
  emptyImportReport,
  importItems,
  type ImportReport
} from '../../domain/memory/transfer/import/take-in.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withDatabase } from '../database.ts'
import { printResult, type WithJson } from '../subcommand.ts'
import { requireUser } from '../user/record.ts'
import { describeForeignImport, type ForeignImportResult } from './foreign-import-report.ts'
import { collectImportFiles } from './import-files.ts'
import { progressReporter } from './progress.ts'

/** Memories and links between two lines of progress. */
const PROGRESS_STEP = { log: 500, terminal: 100 }
/** Broken parts that an error names. */
const MAX_NAMED_FAULTS = 5

export interface ForeignImportOptions extends WithJson {
  user: string
  from: string
  namespace: string
  dryRun?: boolean | undefined
  skipBroken?: boolean | undefined
  encoding?: string | undefined
}

/** Checks the name of an import format. Throws CommandRefusedError. */
export function parseFormat(name: string): string {
  if (importFormats.some((format) => format.name === name)) return name
  const formatNames = importFormats.map((format) => format.name).join(', ')
  throw new CommandRefusedError(
    `There is no format ${quoteText(name)}. The formats are: ${formatNames}.`
  )
}

/** Checks the name of an encoding. Throws CommandRefusedError. */
export function parseEncoding(label: string): string {
  const encodingName = findEncoding(label)
  if (encodingName) return encodingName
  throw new CommandRefusedError(
    `There is no encoding ${quoteText(label)}. ` +
      'Examples: utf-8, utf-16le, windows-1252, shift_jis, gbk.'
  )
}

export async function runForeignImport(
  path: string,
  { json, ...options }: ForeignImportOptions
): Promise<void> {
  const importResult = await withDatabase((db) => importForeignMemories(db, path, options))
  printResult(json ? { json } : {}, importResult, (result) =>
    describeForeignImport(result, options.user)
  )
}

/**
 * Imports the export of another product. It first reads everything, so that a broken file changes
 * nothing. With `skipBroken` it then leaves the broken parts out. Throws CommandRefusedError.
 */
export async function importForeignMemories(
  db: Db,
  path: string,
  options: Omit<ForeignImportOptions, 'json'>
): Promise<ForeignImportResult> {
  const { dryRun = false, skipBroken = false } = options
  const format = importFormats.find(({ name }) => name === options.from)!
  const importFiles = await collectImportFiles(path, format, options.encoding)
  const { user_id } = await db.transaction().execute((trx) => requireUser(trx, options.user))
  const importRun = new ImportRun()
  const itemCount = await requireItems(format, importFiles, importRun, skipBroken)
  const source: Source = { kind: 'command', name: `import from ${format.title}` }
  const importReport = emptyImportReport()
  importReport.warnings.push(...importFiles.warnings)
  importReport.broken.push(...importFiles.broken)
  try {
    await importItems(db, format.read(importFiles.files, importRun), importReport, {
      user_id,
      source,
      agent_name: options.namespace,
      dry: dryRun,
      tell: progressReporter(PROGRESS_STEP, (finished) => `${finished} of ${itemCount}`)
    })
  } catch (error) {
    throw new CommandRefusedError(`${(error as Error).message} ${describeSoFar(importReport)}`, {
      cause: error
    })
  }
  if (!dryRun) await recordImport(db, user_id, format, importReport)
  return {
    user_id,
    from: format.name,
    written_as: source.name,
    dry_run: dryRun,
    files_read: importFiles.files.length,
    files_left_out: importFiles.left,
    ...importReport
  }
}

/** Records the import in the audit log, unless it changed nothing. */
async function recordImport(
  db: Db,
  userId: string,
  format: ImportFormat,
  { examples, warnings, broken, left_out, ...counts }: ImportReport
): Promise<void> {
  if (counts.created + counts.changed + counts.links === 0) return
  const details = { from: format.name, ...counts, broken: broken.length }
  await db
    .transaction()
    .execute((trx) => recordAudit(trx, 'memory.imported', { user_id: userId, details }))
}

function describeSoFar({ created, changed, links }: ImportReport): string {
  return created + changed + links === 0
    ? 'Nothing was imported.'
    : `${created + changed} memories and ${links} links were imported before that. ` +
        'Run the same command again to continue.'
}

/**
 * Reads everything once without writing, and returns the number of memories and links. Throws
 * CommandRefusedError if there are none, or for broken parts without `skipBroken`.
 */
async function requireItems(
  format: ImportFormat,
  importFiles: ImportFiles,
  importRun: ImportRun,
  skipBroken: boolean
): Promise<number> {
  const { items, faults } = await checkItems(format, importFiles, importRun).catch(
    (error: unknown) => {
      throw error instanceof ToolError
        ? new CommandRefusedError(`${error.message} Nothing was imported.`)
        : error
    }
  )
  const namedFaults = faults.slice(0, MAX_NAMED_FAULTS).join(' ')
  if (faults.length > 0 && !skipBroken) {
    throw new CommandRefusedError(describeFaults(namedFaults, faults.length, items))
  }
  if (items > 0) return items
  throw new CommandRefusedError(
    `${namedFaults && `${namedFaults} `}There is nothing to import in it. ` +
      `${format.title}: give ${format.takes}.`
  )
}

function describeFaults(namedFaults: string, faultCount: number, itemCount: number): string {
  const unnamedCount = faultCount - MAX_NAMED_FAULTS
  const unnamedFaults = unnamedCount > 0 ? ` And ${unnamedCount} more like that.` : ''
  const skipAdvice =
    itemCount > 0
      ? ' Correct the file, or import the rest with --skip-broken, which lists what it skips.'
      : ''
  return `${namedFaults}${unnamedFaults} Nothing was imported.${skipAdvice}`
}
