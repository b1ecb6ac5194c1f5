import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import type { Db } from '../../db/connection/connect.ts'
import { exportJsonLines } from '../../domain/memory/transfer/index.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withDatabase } from '../database.ts'
import { printResult, type WithJson } from '../subcommand.ts'
import { terminal } from '../terminal.ts'
import { requireUser } from '../user/record.ts'
import { writeNotes } from './export-notes.ts'
import { lineProgress } from './progress.ts'

interface ExportOptions extends WithJson {
  user: string
  format: string
  to?: string
}

export async function exportMemories(
  file: string | undefined,
  { user: email, format, to, ...options }: ExportOptions,
  command: Command
): Promise<void> {
  if (format === 'markdown') {
    if (to === undefined) command.error('error: with --format markdown name a folder with --to')
    if (file !== undefined) command.error('error: --format markdown writes a folder, not a file')
    const result = await withDatabase((db) => writeNotes(db, email, to))
    return printResult(
      options,
      result,
      ({ files, folder }) => `Wrote ${files} files to ${folder}. They are not encrypted.`
    )
  }
  if (to !== undefined) command.error('error: --to goes with --format markdown')
  if (file === undefined && options.json) {
    command.error('error: with --json name a file for the memories')
  }
  const output = file === undefined ? terminal().stdout : await createPrivateFile(file)
  const exportResult = await withDatabase((db) => writeExport(db, email, output))
  if (file === undefined) return
  output.end()
  await finished(output)
  printResult(
    options,
    { ...exportResult, file },
    ({ lines }) => `Wrote ${lines} lines to ${file}. The file is not encrypted.`
  )
}

async function writeExport(
  db: Db,
  email: string,
  output: Writable
): Promise<{ user_id: string; lines: number }> {
  const reportProgress = lineProgress()
  const exportResult = await db
    .transaction()
    .setIsolationLevel('repeatable read') // All lines show the same instant.
    .execute(async (trx) => {
      const { user_id } = await requireUser(trx, email)
      let lineCount = 0
      for await (const line of exportJsonLines(trx, user_id)) {
        if (!output.write(`${line}\n`)) await once(output, 'drain')
        reportProgress(++lineCount)
      }
      return { user_id, lines: lineCount }
    })
  const { user_id, lines } = exportResult
  await db
    .transaction()
    .execute((trx) => recordAudit(trx, 'memory.exported', { user_id, details: { lines } }))
  return exportResult
}

/** Creates a file that only its owner can read. Throws CommandRefusedError if it exists already. */
async function createPrivateFile(file: string): Promise<Writable> {
  const fileStream = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  try {
    await once(fileStream, 'open')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandRefusedError(
      code === 'EEXIST'
        ? `${quoteText(file)} exists already. Choose another name, or remove it.`
        : `${quoteText(file)} cannot be written: ${message}.`
    )
  }
  return fileStream
}
