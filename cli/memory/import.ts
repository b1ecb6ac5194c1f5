import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { Trx } from '../../db/connection/connect.ts'
import { rehearseWork } from '../../db/connection/rehearsal.ts'
import {
  createDecoder,
  markOf,
  type StreamDecoder,
  WrongEncodingError
} from '../../lib/encoding/charset.ts'
import { GLOBAL_NAMESPACE } from '../../domain/memory/fields.ts'
import { importJsonLines, type ImportResult } from '../../domain/memory/transfer/index.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withDatabase } from '../database.ts'
import { formatCount, printResult, titledTable, type WithJson } from '../subcommand.ts'
import { terminal } from '../terminal.ts'
import { requireUser } from '../user/record.ts'
import { runForeignImport } from './foreign-import.ts'
import { lineProgress } from './progress.ts'

interface ImportOptions extends WithJson {
  user: string
  dryRun?: true
  from?: string
  namespace?: string
  skipBroken?: true
  encoding?: string
}

export async function importMemories(file: string, options: ImportOptions): Promise<void> {
  const { user: email, dryRun = false, from, json } = options
  if (from !== undefined) {
    const { namespace = GLOBAL_NAMESPACE } = options
    return runForeignImport(file, { ...options, from, namespace })
  }
  refuseForeignOptions(options)
  const importFile = async (trx: Trx) => {
    const { user_id } = await requireUser(trx, email)
    const importResult = await importJsonLines(trx, user_id, readLines(file))
    const { conflicts, ...counts } = importResult
    const details = { ...counts, conflicts: conflicts.length }
    if (!dryRun) await recordAudit(trx, 'memory.imported', { user_id, details })
    return { user_id, ...importResult }
  }
  const importResult = await withDatabase((db) =>
    dryRun ? rehearseWork(db, importFile) : db.transaction().execute(importFile)
  ).catch((error: unknown) => {
    throw error instanceof ToolError
      ? new CommandRefusedError(`${error.message} Nothing was imported.`)
      : error
  })
  printResult({ ...(json && { json }) }, { ...importResult, dry_run: dryRun }, (result) =>
    describeImport(result, dryRun ? 'Would be imported' : 'Imported')
  )
}

/** An export of this product says itself in which namespaces its memories are. */
function refuseForeignOptions({ namespace, skipBroken, encoding }: ImportOptions): void {
  const foreignOptions = {
    '--namespace': namespace,
    '--skip-broken': skipBroken,
    '--encoding': encoding
  }
  for (const [option, value] of Object.entries(foreignOptions)) {
    if (value === undefined) continue
    throw new CommandRefusedError(
      `${option} works with --from only: it is for exports of other products. ` +
        'Leave it out, or add --from.'
    )
  }
}

function describeImport(
  { memories, versions, known, conflicts, links, links_left_out }: ImportResult,
  heading: string
): string {
  const importedCounts = [
    formatCount(memories, 'memory', 'memories'),
    formatCount(versions, 'previous version'),
    formatCount(links, 'link')
  ]
  return [
    `${heading}: ${importedCounts.join(', ')}. Already present: ${known}.`,
    ...(links_left_out > 0
      ? [
          'Links left out, because their memories were not imported or are linked already: ' +
            links_left_out
        ]
      : []),
    ...titledTable(
      `Left out, because another memory has the same key: ${conflicts.length}`,
      ['namespace', 'key'],
      conflicts.map((conflict) => [conflict.agent_name, conflict.key])
    )
  ].join('\n')
}

/** Reads the lines of a file, or of standard input for `-`. Throws CommandRefusedError. */
async function* readLines(file: string): AsyncGenerator<string> {
  const input = file === '-' ? terminal().stdin : createReadStream(file)
  const reportProgress = lineProgress()
  const inputName = file === '-' ? 'The input' : quoteText(file)
  try {
    if (file !== '-') await once(input, 'open')
    let lineCount = 0
    let partialLine = ''
    for await (const text of decodeText(input, () => `${inputName}, line ${lineCount + 1},`)) {
      // Not with readline, which also splits lines at U+2028.
      const completeLines = (partialLine + text).split('\n')
      partialLine = completeLines.pop()!
      for (const line of completeLines) {
        reportProgress(++lineCount)
        yield line
      }
    }
    yield partialLine
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw ['ENOENT', 'EACCES', 'EISDIR'].includes(code)
      ? new CommandRefusedError(`${quoteText(file)} cannot be read: ${message}.`)
      : error
  }
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark, which PowerShell writes when it redirects
 * output. Throws CommandRefusedError for other bytes; `describePlace` names the current line.
 */
async function* decodeText(
  input: AsyncIterable<Buffer | string>,
  describePlace: () => string
): AsyncGenerator<string> {
  let streamDecoder: StreamDecoder | undefined
  try {
    for await (const bytes of input) {
      streamDecoder ??= createDecoder(markOf(bytes as Buffer) ?? 'utf-8')
      yield streamDecoder.write(bytes as Buffer)
    }
    yield streamDecoder?.end() ?? ''
  } catch (error) {
    if (!(error instanceof WrongEncodingError)) throw error
    throw new CommandRefusedError(
      `${describePlace()} or a line soon after it is not valid ${error.message}. ` +
        'Nothing was imported. Save the file as UTF-8.'
    )
  }
}
