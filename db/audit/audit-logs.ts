import { type Selectable, sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import { inBatches } from '../connection/batch.ts'
import type { Db } from '../connection/connect.ts'
import { prepared, type Slots } from '../connection/prepared.ts'
import type { AuditLogsTable } from '../schema/index.ts'

export type { NewAuditLog }
export type AuditLog = Selectable<AuditLogsTable>

const insert = prepared('insert_audit_logs', (db, of: Slots<{ entries: string }>) =>
  db
    .insertInto('audit_logs')
    .columns(auditColumns)
    .expression(auditRows(of.entries))
    .returning('id')
)

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
export async function insertAuditLog(db: Db, entry: NewAuditLog): Promise<void> {
  await inserted(db, entry)
}

/** Rows of one request that are read: it notes one or two. */
const MAX_OF_REQUEST = 100

/** What happened in one request, oldest first. */
export function listAuditLogsOfRequest(db: Db, requestId: string): Promise<AuditLog[]> {
  return db
    .selectFrom('audit_logs')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('id')
    .limit(MAX_OF_REQUEST)
    .execute()
}

/** Rows that are cleared away at once, of each kind. */
const PIECE = 5000

/** So many rows strangers may have; of more the oldest go before their time. */
const MAX_OF_STRANGERS = 200_000

/**
 * Clears away a piece of what is too old: rows that concern people and operators after `days`;
 * after `strangerDays` those that somebody unproven caused over the network, which name no person.
 */
export async function deleteOldAuditLogs(
  db: Db,
  { days, strangerDays }: { days: number; strangerDays: number }
): Promise<void> {
  const olderThan = (age: number) => sql<Date>`now() - make_interval(days => ${age})`
  const old = db
    .selectFrom('audit_logs')
    .select('id')
    .where('created_at', '<', olderThan(days))
    .orderBy('created_at')
    .limit(PIECE) // index audit_logs_created
  await db.deleteFrom('audit_logs').where('id', 'in', old).execute()

  const strangers = db
    .selectFrom('audit_logs') // index audit_logs_strangers
    .where('user_id', 'is', null)
    .where('ip_address', 'is not', null)
  const excess = strangers
    .select('created_at')
    .orderBy('created_at', 'desc')
    .offset(MAX_OF_STRANGERS)
    .limit(1)
  const oldOfStrangers = strangers
    .select('id') // greatest passes over a null: no row is in excess
    .where('created_at', '<', sql<Date>`greatest(${olderThan(strangerDays)}, ${excess})`)
    .orderBy('created_at')
    .limit(PIECE)
  await db.deleteFrom('audit_logs').where('id', 'in', oldOfStrangers).execute()
}
