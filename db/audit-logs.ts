import type { Insertable, Selectable } from 'kysely'
import type { Db } from './connect.ts'
import type { AuditLogsTable } from './tables/index.ts'

export type AuditLog = Selectable<AuditLogsTable>
export type NewAuditLog = Omit<Insertable<AuditLogsTable>, 'id' | 'details'> & { details?: Record<string, unknown> }

/** Text from outside is cut, and the NUL that PostgreSQL refuses is taken out: noting an attack must not fail. */
const CUT = 500

export async function insertAuditLog (db: Db, { details = {}, ...entry }: NewAuditLog): Promise<void> {
  const row = Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, clean(value)])) as unknown as NewAuditLog
  await db.insertInto('audit_logs').values({ ...row, details: JSON.stringify(details, (_, value) => clean(value)) }).execute()
}

function clean (value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').slice(0, CUT) : value
}

/** What happened in one request, oldest first. */
export function listAuditLogsOfRequest (db: Db, requestId: string): Promise<AuditLog[]> {
  return db.selectFrom('audit_logs').selectAll().where('request_id', '=', requestId).orderBy('id').execute()
}
