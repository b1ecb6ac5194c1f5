import type { Trx } from '../../db/connection/connect.ts'
import { deleteLostCodingRecords } from '../../db/coding/records.ts'
import { clearLostSessions } from '../../db/coding/sessions.ts'

/** What was recorded in coding sessions goes for good with the memories that hold it. */
export async function forgetLostRecords(trx: Trx, userId: string): Promise<void> {
  await deleteLostCodingRecords(trx, userId)
  await clearLostSessions(trx, userId)
}
