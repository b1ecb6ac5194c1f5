import { insertAuditLog, type NewAuditLog } from '../../db/audit/audit-logs.ts'
import type { DataContext } from '../context.ts'
import { countOutcome, undoAuthor, type UndoOutcome } from '../memory/undo-all.ts'
import { type App, writerOf } from './app.ts'

/** What `undoApp` would do at this moment. */
export function previewUndo(
  { db, principal: { user_id: userId } }: DataContext,
  app: App,
  since: Date
): Promise<UndoOutcome> {
  return db
    .transaction()
    .execute((trx) => undoAuthor(trx, userId, writerOf(app), since, { dry: true }))
}

/**
 * Takes back what the app wrote, changed or deleted since then, as `kagura memory undo` does: all
 * or nothing, with the audit entry.
 */
export function undoApp(
  { db, principal: { user_id: userId } }: DataContext,
  app: App,
  since: Date,
  entry: NewAuditLog
): Promise<UndoOutcome> {
  return db.transaction().execute(async (trx) => {
    const outcome = await undoAuthor(trx, userId, writerOf(app), since)
    const { undone, conflicts, links } = countOutcome(outcome)
    if (undone + links > 0) {
      const details = { of: app.source_id, since: since.toISOString(), undone, conflicts, links }
      await insertAuditLog(trx, { ...entry, user_id: userId, details })
    }
    return outcome
  })
}
