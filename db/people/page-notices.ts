import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** A notice is for the next page; an older one is no longer useful. */
const MAX_AGE_MINUTES = 10
const isNoticeFresh = sql<boolean>`created_at > now() - make_interval(mins => ${MAX_AGE_MINUTES})`

/**
 * Stores a notice for the next page at `place`, in place of the previous one. One row per place.
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
        .selectFrom('sessions') // an ended session gets no notice
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

/** Removes and returns the notice: of two concurrent pages one gets it. Primary key. */
export async function takePageNotice(
  db: Db,
  sessionHash: string,
  place: string
): Promise<string | undefined> {
  const takenNotice = await db
    .deleteFrom('page_notices')
    .where('session_hash', '=', sessionHash)
    .where('place', '=', place)
    .returning(['content_sealed', isNoticeFresh.as('fresh')])
    .executeTakeFirst()
  return takenNotice?.fresh ? takenNotice.content_sealed : undefined
}

/** Whether a notice waits for the page at `place`. Primary key. */
export async function hasPageNotice(db: Db, sessionHash: string, place: string): Promise<boolean> {
  const waitingNotice = await db
    .selectFrom('page_notices')
    .select('place')
    .where('session_hash', '=', sessionHash)
    .where('place', '=', place)
    .where(isNoticeFresh)
    .executeTakeFirst()
  return waitingNotice !== undefined
}

/** Deletes notices that no page took. Index page_notices_age. */
export async function deleteOldPageNotices(db: Db): Promise<void> {
  await db
    .deleteFrom('page_notices')
    .where(({ not }) => not(isNoticeFresh))
    .execute()
}
