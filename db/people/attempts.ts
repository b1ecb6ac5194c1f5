import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * After `free` attempts in a row each next one waits: `first` seconds, doubling, `longest` at most.
 */
export interface Throttle {
  subject: string
  free: number
  first: number
  longest: number
}

const FORGOTTEN_AFTER = sql`interval '1 hour'`

/**
 * Counts an attempt before it is tried, in one statement, so that parallel attempts cannot outrun
 * the count. The free ones need no look at the clock: now() is when a statement began, and one that
 * began later may have been counted before. Returns the seconds to wait, 0 when the attempt may go
 * on.
 */
export async function countAttempt(
  db: Db,
  { subject, free, first, longest }: Throttle
): Promise<number> {
  const hash = secretDigest(subject)
  const wait = sql`least(${longest}::double precision, ${first}::double precision * power(2, least(attempts.attempts - ${free}::integer, 20)))`
  const blockedUntil = sql`attempts.last_attempt_at + make_interval(secs => ${wait})`
  const counted = await db
    .insertInto('attempts')
    .values({ subject_hash: hash, attempts: 1 })
    .onConflict((conflict) =>
      conflict
        .column('subject_hash')
        .doUpdateSet({
          attempts: sql`case when attempts.last_attempt_at < now() - ${FORGOTTEN_AFTER} then 1 else attempts.attempts + 1 end`,
          last_attempt_at: sql`now()`
        })
        .where(sql<boolean>`attempts.attempts < ${free}::integer or ${blockedUntil} <= now()`)
    )
    .returning('attempts')
    .executeTakeFirst()
  if (counted) return 0
  const row = await db
    .selectFrom('attempts')
    .select(sql<number>`ceil(extract(epoch from ${blockedUntil} - now()))::integer`.as('seconds'))
    .where('subject_hash', '=', hash)
    .executeTakeFirst()
  return Math.max(1, row?.seconds ?? 1)
}

/** The attempt turned out well: the subject starts afresh. */
export async function forgetAttempts(db: Db, subject: string): Promise<void> {
  await db.deleteFrom('attempts').where('subject_hash', '=', secretDigest(subject)).execute()
}

/**
 * The attempt turned out well, for a subject that others share: only this one attempt is taken
 * back.
 */
export async function takeBackAttempt(db: Db, subject: string): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ attempts: sql`greatest(attempts - 1, 0)` })
    .where('subject_hash', '=', secretDigest(subject))
    .execute()
}

/** Everybody starts afresh: for an operator who lets a person in again. */
export async function forgetAllAttempts(db: Db): Promise<void> {
  await db.deleteFrom('attempts').execute()
}

export async function deleteOldAttempts(db: Db): Promise<void> {
  await db
    .deleteFrom('attempts')
    .where('last_attempt_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}
