import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** Notices are for the next page: an older one says nothing any more. */
const MINUTES = 10
const isFresh = sql<boolean>`created_at > now() - make_interval(mins => ${MINUTES})`

/**
 * Leaves a notice for the next page at that place in place of the one before: one row per place.
 */
export async function putPageNotice(
  db: Db,
  sessionHash: string,
  place: string,
  contentSealed: string
): Promise<void> {
  await db
    .insertInto('page_notices')
    .columns(['session_hash', 'place', 'content_sealed'])
    .expression((query) =>
      query
        .selectFrom('sessions') // a session that has just ended gets none
        .select([
          'session_hash',
          sql<string>`${place}`.as('place'),
          sql<string>`${contentSealed}`.as('content_sealed')
        ])
        .where('session_hash', '=', sessionHash)
    )
    .onConflict((conflict) =>
      conflict
        .columns(['session_hash', 'place'])
        .doUpdateSet({ content_sealed: contentSealed, created_at: sql`now()` })
    )
    .execute()
}

/** Takes the notice away: of two pages at the same instant one gets it. Primary key. */
export async function takePageNotice(
  db: Db,
  sessionHash: string,
  place: string
): Promise<string | undefined> {
  const taken = await db
    .deleteFrom('page_notices')
    .where('session_hash', '=', sessionHash)
    .where('place', '=', place)
    .returning(['content_sealed', isFresh.as('fresh')])
    .executeTakeFirst()
  return taken?.fresh ? taken.content_sealed : undefined
}

/** Whether a notice waits at that place. Primary key. */
export async function hasPageNotice(db: Db, sessionHash: string, place: string): Promise<boolean> {
  const waiting = await db
    .selectFrom('page_notices')
    .select('place')
    .where('session_hash', '=', sessionHash)
    .where('place', '=', place)
    .where(isFresh)
    .executeTakeFirst()
  return waiting !== undefined
}

/** Clears away notices that no page took. Index page_notices_age. */
export async function deleteOldPageNotices(db: Db): Promise<void> {
  await db
    .deleteFrom('page_notices')
    .where(({ not }) => not(isFresh))
    .execute()
}
