import type { Db } from '../../../db/connection/connect.ts'
import { exportJsonLines } from './index.ts'

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
