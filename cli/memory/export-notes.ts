import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Db } from '../../db/connection/connect.ts'
import { exportNotes } from '../../domain/memory/transfer/markdown/export-notes.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit } from '../database.ts'
import { requireUser } from '../user/record.ts'
import { progressReporter } from './progress.ts'

export interface NotesResult {
  user_id: string
  files: number
  folder: string
}

/**
 * Writes a Markdown file for each memory into a new or empty folder, which only its owner can read.
 * Throws CommandRefusedError if the folder has files.
 */
export async function writeNotes(db: Db, email: string, folder: string): Promise<NotesResult> {
  await requireEmptyFolder(folder)
  const reportProgress = progressReporter({ terminal: 100 }, (files) => `${files} files`)
  const result = await db
    .transaction()
    .setIsolationLevel('repeatable read') // All files show the same instant.
    .execute(async (trx) => {
      const { user_id } = await requireUser(trx, email)
      let files = 0
      for await (const { name, content } of exportNotes(trx, user_id)) {
        const path = join(folder, name)
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await writeFile(path, content, { flag: 'wx', mode: 0o600 })
        reportProgress(++files)
      }
      return { user_id, files, folder }
    })
  const { user_id, files } = result
  await db
    .transaction()
    .execute((trx) => recordAudit(trx, 'memory.exported', { user_id, details: { files } }))
  return result
}

async function requireEmptyFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const entries = await readdir(folder)
    if (entries.every((name) => name.startsWith('.'))) return
  } catch (error) {
    const { message } = error as Error
    throw new CommandRefusedError(`${quoteText(folder)} cannot be written: ${message}.`)
  }
  throw new CommandRefusedError(
    `${quoteText(folder)} has files. Choose a new folder, or empty this one.`
  )
}
