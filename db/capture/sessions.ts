import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** A session of an app, as the app names it. */
export interface CapturedSession {
  user_id: string
  app_id: string
  session_id: string
}

/** Where the next part of the session begins; 0 for an unknown session. */
export async function findCaptureOffset(db: Db, session: CapturedSession): Promise<number> {
  const row = await db
    .selectFrom('capture_sessions')
    .select('next_offset')
    .where('user_id', '=', session.user_id)
    .where('app_id', '=', session.app_id)
    .where('session_id', '=', session.session_id)
    .executeTakeFirst()
  return Number(row?.next_offset ?? 0)
}

/**
 * Locks the session until the transaction ends, so that two parts of it wait for each other.
 * Returns where its next part begins.
 */
export async function lockCaptureSession(trx: Trx, session: CapturedSession): Promise<number> {
  const row = await trx
    .insertInto('capture_sessions')
    .values(session)
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'app_id', 'session_id'])
        .doUpdateSet({ touched_at: sql<Date>`now()` })
    )
    .returning('next_offset')
    .executeTakeFirstOrThrow()
  return Number(row.next_offset)
}

/** Adds a captured part to its session. */
export async function extendCaptureSession(
  trx: Trx,
  session: CapturedSession,
  part: { next_offset: number; entries: number; bytes: number }
): Promise<void> {
  await trx
    .updateTable('capture_sessions')
    .set({
      next_offset: part.next_offset,
      entries: sql<number>`entries + ${part.entries}`,
      bytes: sql<number>`bytes + ${part.bytes}`
    })
    .where('user_id', '=', session.user_id)
    .where('app_id', '=', session.app_id)
    .where('session_id', '=', session.session_id)
    .execute()
}

/** Bytes of the texts that are captured of a person, in the sessions that are kept. */
export async function countCapturedBytes(db: Db, userId: string): Promise<number> {
  const { bytes } = await db
    .selectFrom('capture_sessions')
    .select(sql<number>`coalesce(sum(bytes), 0)::float8`.as('bytes'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return bytes
}

/** Forgets sessions whose memories have expired (index capture_sessions_touched). */
export async function deleteOldCaptureSessions(db: Db, days: number): Promise<void> {
  await db
    .deleteFrom('capture_sessions')
    .where('touched_at', '<', sql<Date>`now() - make_interval(days => ${days})`)
    .execute()
}
