import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { TotpSecretsTable } from '../schema/index.ts'

export type TotpSecret = Selectable<TotpSecretsTable>

/** The encrypted secret of the person's authenticator app; undefined if there is none. */
export function findTotpSecret(db: Db, userId: string): Promise<TotpSecret | undefined> {
  return db.selectFrom('totp_secrets').selectAll().where('user_id', '=', userId).executeTakeFirst()
}

/** Stores a secret. Returns false if the person has one: it must be removed first. */
export async function insertTotpSecret(
  db: Db,
  secret: Omit<TotpSecret, 'created_at'>
): Promise<boolean> {
  const insertedSecret = await db
    .insertInto('totp_secrets')
    .values(secret)
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst()
  return insertedSecret !== undefined
}

/**
 * Consumes the code of a time step: it and those of earlier steps count no more (RFC 6238 §5.2).
 * Returns false if this step or a later one was used. Of two concurrent uses one succeeds.
 */
export async function consumeTotpStep(db: Db, userId: string, step: number): Promise<boolean> {
  const consumedStep = await db
    .updateTable('totp_secrets')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .returning('user_id')
    .executeTakeFirst()
  return consumedStep !== undefined
}

/** The seconds since 1970 by the clock of the database, which all nodes share. */
export async function readEpochSeconds(db: Db): Promise<number> {
  const timeRow = await db
    .selectNoFrom(sql<number>`extract(epoch from now())::double precision`.as('seconds'))
    .executeTakeFirstOrThrow()
  return timeRow.seconds
}

/** Returns false if there was none. */
export async function deleteTotpSecret(db: Db, userId: string): Promise<boolean> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('totp_secrets')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return deleted > 0n
}
