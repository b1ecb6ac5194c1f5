import { sql } from 'kysely'
import type { Db } from './connect.ts'

/**
 * Takes the lease, or prolongs it for its holder, by `seconds`; false while somebody else has it.
 */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  seconds: number
): Promise<boolean> {
  const expires = sql<Date>`now() + make_interval(secs => ${seconds})`
  const taken = await db
    .insertInto('leases')
    .values({ name, holder, expires_at: expires })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at: expires })
        .where(({ or, eb }) =>
          or([eb('leases.holder', '=', holder), eb('leases.expires_at', '<', sql<Date>`now()`)])
        )
    )
    .returning('name')
    .executeTakeFirst()
  return taken !== undefined
}

export async function releaseLease(db: Db, name: string, holder: string): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute()
}
