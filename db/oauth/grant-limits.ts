import { sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db } from '../connection/connect.ts'
import type { AccessLimits } from '../schema/index.ts'

/** One installation of an app, or all installations of it, of one user. */
export type LimitedGrants = { user_id: string } & ({ grant_id: string } | { client_id: string })

/**
 * Replaces what the person allows the selected unrevoked grants within their scope. Live tokens
 * follow on their next request. Writes `entry` to the audit log once for each changed grant, with
 * the limits in its details, and returns the ids of these grants.
 */
export function updateGrantLimits(
  db: Db,
  selection: LimitedGrants,
  { access, namespaces, beyond_namespaces, groups }: AccessLimits,
  entry: NewAuditLog
): Promise<string[]> {
  const limits = { access, namespaces, beyond_namespaces, groups }
  return db.transaction().execute(async (trx) => {
    const limitedGrants = await trx
      .updateTable('oauth_grants')
      .set(limits)
      .where('user_id', '=', selection.user_id)
      .$if('grant_id' in selection, (query) =>
        query.where('grant_id', '=', (selection as { grant_id: string }).grant_id)
      )
      .$if('client_id' in selection, (query) =>
        query.where('client_id', '=', (selection as { client_id: string }).client_id)
      )
      .where('revoked_at', 'is', null)
      .returning(['grant_id', 'user_id', 'client_id'])
      .execute()
    const entries = limitedGrants.map((grant) => ({
      ...entry,
      ...grant,
      details: { ...entry.details, ...limits }
    }))
    await trx
      .insertInto('audit_logs')
      .columns(auditColumns)
      .expression(auditRows(sql`${auditJson(entries)}`))
      .execute()
    return limitedGrants.map((grant) => grant.grant_id)
  })
}
