import type { Db } from '../../db/connection/connect.ts'

/** The audit rows of the actions that begin so, oldest first. */
export function audited(db: Db, prefix: string) {
  return db
    .selectFrom('audit_logs')
    .selectAll()
    .where('action', 'like', `${prefix}%`)
    .orderBy('id')
    .execute()
}
