import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * After `free` attempts in a row each further attempt waits `first` seconds, doubling up to
 * `longest`.
 */
export interface AttemptThrottle {
  subject: string
  free: number
  first: number
  longest: number
}

const FORGOTTEN_AFTER = sql`interval '1 hour'`

/**
 * Counts an attempt before it is tried, in one statement, so that parallel attempts cannot outrun
 * the count. Free attempts do not depend on the clock: now() is the start of a statement, and a
 * later one may be counted earlier. Returns the seconds to wait; 0 means that the attempt may
 * proceed.
 */
export async function countAttempt(
  db: Db,
  { subject, free, first, longest }: AttemptThrottle
): Promise<number> {
  const subjectHash = secretDigest(subject)
  const waitSeconds = sql`least(${longest}::double precision,
    ${first}::double precision * power(2, least(attempts.attempts - ${free}::integer, 20)))`
  const blockedUntil = sql`attempts.last_attempt_at + make_interval(secs => ${waitSeconds})`
  const countedAttempt = await db
    .insertInto('attempts')
    .values({ subject_hash: subjectHash, attempts: 1 })
    .onConflict((conflict) =>
      conflict
        .column('subject_hash')
        .doUpdateSet({
          attempts: sql`case when attempts.last_attempt_at < now() - ${FORGOTTEN_AFTER} then 1
            else attempts.attempts + 1 end`,
          last_attempt_at: sql`now()`
        })
        .where(sql<boolean>`attempts.attempts < ${free}::integer or ${blockedUntil} <= now()`)
    )
    .returning('attempts')
    .executeTakeFirst()
  if (countedAttempt) return 0
  const blockedAttempt = await db
    .selectFrom('attempts')
    .select(sql<number>`ceil(extract(epoch from ${blockedUntil} - now()))::integer`.as('seconds'))
    .where('subject_hash', '=', subjectHash)
    .executeTakeFirst()
  return Math.max(1, blockedAttempt?.seconds ?? 1)
}

/** Resets the count after a successful attempt. */
export async function forgetAttempts(db: Db, subject: string): Promise<void> {
  await db.deleteFrom('attempts').where('subject_hash', '=', secretDigest(subject)).execute()
}

/** Takes back one successful attempt, for a subject that several users share. */
export async function takeBackAttempt(db: Db, subject: string): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ attempts: sql`greatest(attempts - 1, 0)` })
    .where('subject_hash', '=', secretDigest(subject))
    .execute()
}

/** Resets all counts, for an operator who unblocks a user. */
export async function forgetAllAttempts(db: Db): Promise<void> {
  await db.deleteFrom('attempts').execute()
}

/** Deletes counts whose last attempt is more than a day old. */
export async function deleteOldAttempts(db: Db): Promise<void> {
  await db
    .deleteFrom('attempts')
    .where('last_attempt_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}
