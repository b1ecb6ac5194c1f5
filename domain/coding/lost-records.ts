import type { Trx } from '../../db/connection/connect.ts'
import { deleteLostCodingRecords } from '../../db/coding/records.ts'
import { clearLostSessions } from '../../db/coding/sessions.ts'

/** Deletes for good what coding sessions recorded in memories that were purged. */
export async function deleteLostRecords(trx: Trx, userId: string): Promise<void> {
  await deleteLostCodingRecords(trx, userId)
  await clearLostSessions(trx, userId)
}
