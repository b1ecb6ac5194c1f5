import { type Insertable, type RawBuilder, sql } from 'kysely'
import type { AuditLogsTable } from '../schema/index.ts'

/** An audit entry before it is stored. */
export type NewAuditLog = Omit<Insertable<AuditLogsTable>, 'id' | 'created_at' | 'details'> & {
  details?: Record<string, unknown>
}

/** Completes an audit entry: with the address of a request, or as the command line. */
export type Auditor = (action: string, event: Partial<NewAuditLog>) => NewAuditLog

/** The columns of audit_logs that an entry fills. */
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
 * Text from requests is cut, and loses what PostgreSQL refuses: NUL and unpaired surrogates. The
 * record of an attack must not fail.
 */
const MAX_TEXT_LENGTH = 500
const REFUSED_CHARACTERS = /[\0\p{Surrogate}]/u

/** The entries as one JSON value, which `auditRows` reads. */
export function auditJson(entries: NewAuditLog[]): string {
  return JSON.stringify(
    entries.map((entry) => ({ ...entry, details: entry.details ?? {} })),
    (_, value: unknown) =>
      typeof value === 'string' &&
      (value.length > MAX_TEXT_LENGTH || REFUSED_CHARACTERS.test(value))
        ? value
            .replaceAll('\0', '')
            .slice(0, MAX_TEXT_LENGTH)
            .replace(/\p{Surrogate}/gu, '\ufffd')
        : value
  )
}

/**
 * Selects the rows of `auditJson` in the order of `auditColumns`, for statements that write their
 * own audit entries. With `sourceTable`, `entries` is a column of it, read for each of its rows.
 */
export function auditRows(
  entries: RawBuilder<string>,
  sourceTable?: 'redeemed' | 'usable'
): RawBuilder<unknown> {
  const entryColumns = auditColumns.map((name) => sql`${sql.ref(`entry.${name}`)}`)
  const columnTypes = auditColumns.map(
    (name) => sql`${sql.ref(name)} ${sql.raw(name === 'details' ? 'jsonb' : 'text')}`
  )
  const sourceJoin = sourceTable === undefined ? sql`` : sql`${sql.table(sourceTable)} cross join`
  return sql`select ${sql.join(entryColumns)} from ${sourceJoin}
    jsonb_to_recordset(${entries}::jsonb) as entry (${sql.join(columnTypes)})`
}
