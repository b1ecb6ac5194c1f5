import { sql } from 'kysely'
import type { Db } from './connect.ts'

/**
 * Takes the lease for `seconds`, or extends it for its holder. Returns false while another process
 * holds it.
 */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  seconds: number
): Promise<boolean> {
  const expiryTime = sql<Date>`now() + make_interval(secs => ${seconds})`
  const takenLease = await db
    .insertInto('leases')
    .values({ name, holder, expires_at: expiryTime })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at: expiryTime })
        .where(({ or, eb }) =>
          or([eb('leases.holder', '=', holder), eb('leases.expires_at', '<', sql<Date>`now()`)])
        )
    )
    .returning('name')
    .executeTakeFirst()
  return takenLease !== undefined
}

/** Ends the lease early, if `holder` holds it. */
export async function releaseLease(db: Db, name: string, holder: string): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute()
}
