import type { Db } from '../../db/connection/connect.ts'

/** Lists the audit rows whose action starts with the prefix, oldest first. */
export function audited(db: Db, prefix: string) {
  return db
    .selectFrom('audit_logs')
    .selectAll()
    .where('action', 'like', `${prefix}%`)
    .orderBy('id')
    .execute()
}
