import { type Insertable, type RawBuilder, sql } from 'kysely'
import type { AuditLogsTable } from '../schema/index.ts'

export type NewAuditLog = Omit<Insertable<AuditLogsTable>, 'id' | 'created_at' | 'details'> & {
  details?: Record<string, unknown>
}

export const auditColumns = [
  'action',
  'user_id',
  'client_id',
  'grant_id',
  'reason',
  'ip_address',
  'user_agent',
  'request_id',
  'details'
] as const

/**
 * Text from outside is cut, and what PostgreSQL refuses, NUL and halves of characters, is taken
 * out: noting an attack must not fail.
 */
const CUT = 500
const REFUSED = /[\0\p{Surrogate}]/u

/** The entries as the one value from which `auditRows` reads them. */
export function auditJson(entries: NewAuditLog[]): string {
  return JSON.stringify(
    entries.map((entry) => ({ ...entry, details: entry.details ?? {} })),
    (_, value: unknown) =>
      typeof value === 'string' && (value.length > CUT || REFUSED.test(value))
        ? value
            .replaceAll('\0', '')
            .slice(0, CUT)
            .replace(/\p{Surrogate}/gu, '\ufffd')
        : value
  )
}

/**
 * The rows of `auditJson`, in the order of `auditColumns`: for statements that note what they do.
 * With `of`, for each row of that, of which the entries are then a column.
 */
export function auditRows(
  entries: RawBuilder<string>,
  of?: 'spent' | 'granted'
): RawBuilder<unknown> {
  const columns = auditColumns.map((name) => sql`${sql.ref(`entry.${name}`)}`)
  const types = auditColumns.map(
    (name) => sql`${sql.ref(name)} ${sql.raw(name === 'details' ? 'jsonb' : 'text')}`
  )
  return sql`select ${sql.join(columns)} from ${of === undefined ? sql`` : sql`${sql.table(of)} cross join`} jsonb_to_recordset(${entries}::jsonb) as entry (${sql.join(types)})`
}
