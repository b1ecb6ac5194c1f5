import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { digest } from './secrets.ts'

/** After `free` attempts in a row each next one waits: `first` seconds, doubling, `longest` at most. */
export interface Throttle { subject: string, free: number, first: number, longest: number }

const FORGOTTEN_AFTER = sql`interval '1 hour'`

/**
 * Counts an attempt before it is tried, in one statement, so that parallel attempts cannot outrun the count.
 * Returns the seconds to wait, 0 when the attempt may go on.
 */
export async function countAttempt (db: Db, { subject, free, first, longest }: Throttle): Promise<number> {
  const hash = digest(subject)
  const wait = sql`least(${longest}::double precision, ${first}::double precision * power(2, least(sign_in_failures.failures - ${free}::integer, 20)))`
  const blockedUntil = sql`sign_in_failures.last_failed_at + case when sign_in_failures.failures >= ${free}::integer then make_interval(secs => ${wait}) else interval '0' end`
  const counted = await db.insertInto('sign_in_failures').values({ subject_hash: hash, failures: 1 })
    .onConflict((conflict) => conflict.column('subject_hash').doUpdateSet({
      failures: sql`case when sign_in_failures.last_failed_at < now() - ${FORGOTTEN_AFTER} then 1 else sign_in_failures.failures + 1 end`,
      last_failed_at: sql`now()`
    }).where(sql<boolean>`${blockedUntil} <= now()`)).returning('failures').executeTakeFirst()
  if (counted) return 0
  const row = await db.selectFrom('sign_in_failures').select(sql<number>`ceil(extract(epoch from ${blockedUntil} - now()))::integer`.as('seconds'))
    .where('subject_hash', '=', hash).executeTakeFirst()
  return Math.max(1, row?.seconds ?? 1)
}

/** The attempt turned out well: the subject starts afresh. */
export async function forgetAttempts (db: Db, subject: string): Promise<void> {
  await db.deleteFrom('sign_in_failures').where('subject_hash', '=', digest(subject)).execute()
}

/** The attempt turned out well, for a subject that others share: only this one attempt is taken back. */
export async function takeBackAttempt (db: Db, subject: string): Promise<void> {
  await db.updateTable('sign_in_failures').set({ failures: sql`greatest(failures - 1, 0)` }).where('subject_hash', '=', digest(subject)).execute()
}

export async function deleteOldAttempts (db: Db): Promise<void> {
  await db.deleteFrom('sign_in_failures').where('last_failed_at', '<', sql<Date>`now() - interval '1 day'`).execute()
}
