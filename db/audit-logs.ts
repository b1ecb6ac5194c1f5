import type { Selectable } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from './audit-entry.ts'
import { inBatches } from './batch.ts'
import type { Db } from './connect.ts'
import { prepared, type Slots } from './prepared.ts'
import type { AuditLogsTable } from './tables/index.ts'

export type { NewAuditLog }
export type AuditLog = Selectable<AuditLogsTable>

const insert = prepared('insert_audit_logs', (db, of: Slots<{ entries: string }>) =>
  db.insertInto('audit_logs').columns(auditColumns).expression(auditRows(of.entries)).returning('id'))

const inserted = inBatches<NewAuditLog, true>(
  async (db, entries) => {
    await insert(db, { entries: auditJson(entries) })
    return new Map(entries.map((entry) => [entry, true]))
  },
  async (db, entry) => {
    await insert(db, { entries: auditJson([entry]) })
    return true
  }
)

/** Notes what happened. */
export async function insertAuditLog (db: Db, entry: NewAuditLog): Promise<void> {
  await inserted(db, entry)
}

/** What happened in one request, oldest first. */
export function listAuditLogsOfRequest (db: Db, requestId: string): Promise<AuditLog[]> {
  return db.selectFrom('audit_logs').selectAll().where('request_id', '=', requestId).orderBy('id').execute()
}
