import type { Db } from '../db/connection/connect.ts'
import type { Source } from '../db/schema/index.ts'
import { findEncoding } from '../lib/encoding/charset.ts'
import { type ImportFormat, importFormats } from '../domain/memory/transfer/import/index.ts'
import { ImportRun } from '../domain/memory/transfer/import/run.ts'
import {
  emptyImportReport,
  importItems,
  type ImportReport
} from '../domain/memory/transfer/import/take-in.ts'
import { ToolError } from '../lib/tool-error.ts'
import { Refusal, shown } from './arguments.ts'
import { audit, withDatabase } from './database.ts'
import { filesOf, type ImportFiles } from './import-files.ts'
import { counted, print, table, type WithJson } from './subcommand.ts'
import { userOf } from './user/record.ts'

/** Memories and links after which a log is told how far it is, and a person at a terminal. */
const PROGRESS = { log: 500, terminal: 100 }
/** Lines that the summary shows of each kind; --json has all. */
const SHOWN = 10
/** Broken things that a refusal names. */
const NAMED = 5

export interface ForeignImport extends WithJson {
  user: string
  from: string
  namespace: string
  dryRun?: boolean | undefined
  skipBroken?: boolean | undefined
  encoding?: string | undefined
}

/** The format of that name. Throws Refusal. */
export function formatGiven(name: string): string {
  if (importFormats.some((format) => format.name === name)) return name
  throw new Refusal(
    `There is no format ${shown(name)}. The formats are: ${importFormats.map((format) => format.name).join(', ')}.`
  )
}

/** The encoding of that name. Throws Refusal. */
export function encodingGiven(label: string): string {
  const encoding = findEncoding(label)
  if (encoding) return encoding
  throw new Refusal(
    `There is no encoding ${shown(label)}. Examples: utf-8, utf-16le, windows-1252, shift_jis, gbk.`
  )
}

export async function importForeign(
  path: string,
  { json, ...options }: ForeignImport
): Promise<void> {
  const report = await withDatabase((db) => takeInFrom(db, path, options))
  print(json ? { json } : {}, report, (result) => summary(result, options.user))
}

/**
 * Looks through all of it first, so that a bad file changes nothing; then takes it in, without what
 * is broken when `skipBroken` says so. Throws Refusal.
 */
export async function takeInFrom(db: Db, path: string, options: Omit<ForeignImport, 'json'>) {
  const { user: email, from, namespace, dryRun = false, skipBroken = false, encoding } = options
  const format = importFormats.find(({ name }) => name === from)!
  const found = await filesOf(path, format, encoding)
  const { user_id: userId } = await db.transaction().execute((trx) => userOf(trx, email))
  const run = new ImportRun()
  const total = await lookThrough(format, found, run, skipBroken)
  run.take()
  const source: Source = { kind: 'command', name: `import from ${format.title}` }
  const taken = emptyImportReport()
  taken.warnings.push(...found.warnings)
  taken.broken.push(...found.broken)
  try {
    await importItems(db, format.read(found.files, run), taken, {
      user_id: userId,
      source,
      agent_name: namespace,
      dry: dryRun,
      tell: progress(total)
    })
  } catch (error) {
    throw new Refusal(`${(error as Error).message} ${soFar(taken)}`, { cause: error })
  }
  const { examples, warnings, broken, left_out: leftOut, ...counts } = taken
  if (!dryRun && taken.created + taken.changed + taken.links > 0) {
    const details = { from: format.name, ...counts, broken: broken.length }
    await db
      .transaction()
      .execute((trx) => audit(trx, 'memory.imported', { user_id: userId, details }))
  }
  const files = { files_read: found.files.length, files_left_out: found.left }
  return {
    user_id: userId,
    from: format.name,
    written_as: source.name,
    dry_run: dryRun,
    ...files,
    ...taken
  }
}

type Report = Awaited<ReturnType<typeof takeInFrom>>

function soFar({ created, changed, links }: ImportReport): string {
  return created + changed + links === 0
    ? 'Nothing was imported.'
    : `${created + changed} memories and ${links} links were imported before; the same command again goes on from there.`
}

function summary(report: Report, email: string): string {
  const {
    dry_run: dry,
    written_as: name,
    created,
    changed,
    unchanged,
    kept,
    examples,
    warnings,
    broken,
    ...rest
  } = report
  const would = dry ? 'would be ' : ''
  const left = Object.entries(report.left_out).map(([kind, count]) => `${count} ${kind}`)
  const files = report.files_left_out
  return [
    `Memories: ${created} ${would}created, ${changed} ${would}changed, ${unchanged} unchanged, ${kept} ${would}left as they were changed or deleted here.`,
    `Links: ${rest.links} ${would}created, ${rest.links_unchanged} unchanged, ${rest.links_left_out} left out.`,
    ...(examples.length > 0
      ? [
          table(
            ['change', 'key', 'value'],
            examples.map(({ change, key, value }) => [change, key, value]),
            ''
          )
        ]
      : []),
    `Read: ${counted(report.files_read, 'file')}.${left.length > 0 ? ` Left out: ${left.join(', ')}.` : ''}`,
    ...(files.length > 0
      ? [
          `Files left out: ${files.length}`,
          ...some(files.map(({ file, why }) => `  ${file}: ${why}`))
        ]
      : []),
    ...(warnings.length > 0
      ? [`To know: ${warnings.length}`, ...some(warnings.map((warning) => `  ${warning}`))]
      : []),
    ...(broken.length > 0
      ? [`Broken and skipped: ${broken.length}`, ...broken.map((place) => `  ${place}`)]
      : []),
    ...(!dry && created + changed + rest.links > 0
      ? [`To take it back: npx kagura memory undo --user ${email} --client "${name}" --since 1h`]
      : [])
  ].join('\n')
}

function some(lines: string[]): string[] {
  if (lines.length <= SHOWN) return lines
  return [...lines.slice(0, SHOWN), `  ... and ${lines.length - SHOWN} more; --json lists all.`]
}

/** Reads everything once and writes nothing; the number of memories and links. Throws Refusal. */
async function lookThrough(
  format: ImportFormat,
  { files, broken: unread }: ImportFiles,
  run: ImportRun,
  skipBroken: boolean
): Promise<number> {
  let total = 0
  const broken = [...unread]
  try {
    for await (const item of format.read(files, run)) {
      if ('broken' in item) broken.push(item.broken)
      else if ('memory' in item || 'link' in item) total++
    }
  } catch (error) {
    throw error instanceof ToolError ? new Refusal(`${error.message} Nothing was imported.`) : error
  }
  if (broken.length > 0 && !skipBroken) throw new Refusal(refusal(broken, total))
  if (total > 0) return total
  const why = broken.length > 0 ? `${broken.slice(0, NAMED).join(' ')} ` : ''
  throw new Refusal(
    `${why}There is nothing to import in it. ${format.title}: give ${format.takes}.`
  )
}

function refusal(broken: string[], others: number): string {
  const more = broken.length > NAMED ? ` And ${broken.length - NAMED} more like that.` : ''
  const advice =
    others > 0 ? ' Mend it, or take the rest with --skip-broken, which lists what it skips.' : ''
  return `${broken.slice(0, NAMED).join(' ')}${more} Nothing was imported.${advice}`
}

function progress(total: number): (done: number) => void {
  const terminal = process.stderr.isTTY
  const step = terminal ? PROGRESS.terminal : PROGRESS.log
  let told = 0
  return (done) => {
    if (done - told < step) return
    told = done
    process.stderr.write(terminal ? `\r${done} of ${total}` : `${done} of ${total}\n`)
  }
}
