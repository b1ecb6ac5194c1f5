import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from './connect.ts'
import { prepared, type Slots } from './prepared.ts'
import type { AuditLogsTable } from './tables/index.ts'

export type AuditLog = Selectable<AuditLogsTable>
export type NewAuditLog = Omit<Insertable<AuditLogsTable>, 'id' | 'created_at' | 'details'> & { details?: Record<string, unknown> }

/** Text from outside is cut, and what PostgreSQL refuses, NUL and halves of characters, is taken out: noting an attack must not fail. */
const CUT = 500

const columns = ['action', 'user_id', 'client_id', 'grant_id', 'reason', 'ip_address', 'user_agent', 'request_id', 'details'] as const

const insert = prepared('insert_audit_logs', (db, of: Slots<{ rows: string }>) => db.insertInto('audit_logs').columns(columns)
  .expression(sql`select ${sql.join(columns.map((name) => sql.ref(name)))} from jsonb_to_recordset(${of.rows}::jsonb)
    as entry (${sql.join(columns.map((name) => sql`${sql.ref(name)} ${sql.raw(name === 'details' ? 'jsonb' : 'text')}`))})`).returning('id'))

/** Notes what happened, in the order given, in one statement. */
export async function insertAuditLogs (db: Db, entries: NewAuditLog[]): Promise<void> {
  await insert(db, { rows: JSON.stringify(entries.map((entry) => ({ ...entry, details: entry.details ?? {} })), (_, value) => clean(value)) })
}

export function insertAuditLog (db: Db, entry: NewAuditLog): Promise<void> {
  return insertAuditLogs(db, [entry])
}

function clean (value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').slice(0, CUT).replace(/\p{Surrogate}/gu, '\ufffd') : value
}

/** What happened in one request, oldest first. */
export function listAuditLogsOfRequest (db: Db, requestId: string): Promise<AuditLog[]> {
  return db.selectFrom('audit_logs').selectAll().where('request_id', '=', requestId).orderBy('id').execute()
}
