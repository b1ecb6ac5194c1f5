import type { Db } from '../../../db/connection/connect.ts'
import { zipArchive, type ZippedFile } from '../../../lib/zip-writer.ts'
import { exportJsonLines } from './index.ts'
import { exportNotes } from './markdown/export-notes.ts'

/**
 * Writes everything of a user as JSON Lines, all as of one moment, and returns the number of lines.
 * `write` gets each line with its end. The transaction lasts as long as `write` takes, so `write`
 * must not wait for a network.
 */
export async function writeExport(
  db: Db,
  userId: string,
  write: (line: string) => Promise<void>
): Promise<number> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      let lineCount = 0
      for await (const line of exportJsonLines(trx, userId)) {
        await write(`${line}\n`)
        lineCount++
      }
      return lineCount
    })
}

/**
 * Writes a zip with a Markdown file for each memory, all as of one moment, and returns the number
 * of files. The transaction lasts as long as `write` takes.
 */
export async function writeNotesArchive(
  db: Db,
  userId: string,
  write: (part: Buffer) => Promise<void>
): Promise<number> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      let fileCount = 0
      async function* countedNotes(): AsyncGenerator<ZippedFile> {
        for await (const note of exportNotes(trx, userId)) {
          fileCount++
          yield note
        }
      }
      for await (const part of zipArchive(countedNotes())) await write(part)
      return fileCount
    })
}
