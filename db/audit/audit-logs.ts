import { type Selectable, sql } from 'kysely'
import {
  auditColumns,
  auditJson,
  type Auditor,
  auditRows,
  type NewAuditLog
} from '../connection/audit-entry.ts'
import { coalesceCalls } from '../connection/batch.ts'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import type { AuditLogsTable } from '../schema/index.ts'

export type { Auditor, NewAuditLog }
export type AuditLog = Selectable<AuditLogsTable>

const insertEntries = prepareStatement(
  'insert_audit_logs',
  (db, slots: Slots<{ entries: string }>) =>
    db
      .insertInto('audit_logs')
      .columns(auditColumns)
      .expression(auditRows(slots.entries))
      .returning('id')
)

const insertCoalesced = coalesceCalls<NewAuditLog, true>(
  async (db, entries) => {
    await insertEntries(db, { entries: auditJson(entries) })
    return new Map(entries.map((entry) => [entry, true]))
  },
  async (db, entry) => {
    await insertEntries(db, { entries: auditJson([entry]) })
    return true
  }
)

/** Writes an audit entry. Concurrent entries share a statement. */
export async function insertAuditLog(db: Db, entry: NewAuditLog): Promise<void> {
  await insertCoalesced(db, entry)
}

/** Entries returned for one request, which writes one or two. */
const MAX_REQUEST_ROWS = 100

/** The audit entries of one request, oldest first. */
export function listAuditLogsOfRequest(db: Db, requestId: string): Promise<AuditLog[]> {
  return db
    .selectFrom('audit_logs')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('id')
    .limit(MAX_REQUEST_ROWS)
    .execute()
}

export interface AuditFilter {
  user_id?: string | undefined
  client_id?: string | undefined
  action?: string | undefined
  request_id?: string | undefined
  /** The first instant. */
  from?: Date | undefined
  /** The first instant after the time. */
  until?: Date | undefined
}

/**
 * Lists audit entries with the person's email address, newest first, after the entry `before`. Ids
 * follow the order of time (primary key; indexes audit_logs_user, _client, _action, _request).
 */
export function listAuditLogs(
  db: Db,
  filter: AuditFilter,
  { before, limit }: { before?: number | undefined; limit: number }
) {
  const { user_id, client_id, action, request_id, from, until } = filter
  const exactColumns = { user_id, client_id, action, request_id }
  let query = db
    .selectFrom('audit_logs')
    .leftJoin('users', 'users.user_id', 'audit_logs.user_id')
    .selectAll('audit_logs')
    .select('users.email')
    .$if(before !== undefined, (rows) => rows.where('audit_logs.id', '<', before!))
    .$if(from !== undefined, (rows) => rows.where('audit_logs.created_at', '>=', from!))
    .$if(until !== undefined, (rows) => rows.where('audit_logs.created_at', '<', until!))
  for (const [column, value] of Object.entries(exactColumns)) {
    if (value === undefined) continue
    query = query.where(`audit_logs.${column as keyof typeof exactColumns}`, '=', value)
  }
  return query.orderBy('audit_logs.id', 'desc').limit(limit).execute()
}

/** Rows of each kind that one call deletes. */
const MAX_DELETED_ROWS = 5000

/** Rows kept about unauthenticated requests; beyond it the oldest are deleted early. */
const MAX_STRANGER_ROWS = 200_000

/**
 * Deletes a batch of old entries: those about users and operators after `days`, those of
 * unauthenticated network requests, which concern no user, after `strangerDays`.
 */
export async function deleteOldAuditLogs(
  db: Db,
  { days, strangerDays }: { days: number; strangerDays: number }
): Promise<void> {
  const olderThan = (age: number) => sql<Date>`now() - make_interval(days => ${age})`
  const oldEntries = db
    .selectFrom('audit_logs')
    .select('id')
    .where('created_at', '<', olderThan(days))
    .orderBy('created_at')
    .limit(MAX_DELETED_ROWS) // index audit_logs_created
  await db.deleteFrom('audit_logs').where('id', 'in', oldEntries).execute()

  const strangerEntries = db
    .selectFrom('audit_logs') // index audit_logs_strangers
    .where('user_id', 'is', null)
    .where('ip_address', 'is not', null)
  const excessTime = strangerEntries
    .select('created_at')
    .orderBy('created_at', 'desc')
    .offset(MAX_STRANGER_ROWS)
    .limit(1)
  const oldStrangerEntries = strangerEntries
    .select('id') // greatest ignores a null, which means that no row is in excess
    .where('created_at', '<', sql<Date>`greatest(${olderThan(strangerDays)}, ${excessTime})`)
    .orderBy('created_at')
    .limit(MAX_DELETED_ROWS)
  await db.deleteFrom('audit_logs').where('id', 'in', oldStrangerEntries).execute()
}
