import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { PasskeysTable } from '../schema/index.ts'

export type Passkey = Selectable<PasskeysTable>

/** A person may have this many passkeys. */
export const MAX_PASSKEYS = 20

type PasskeyId = Pick<Passkey, 'user_id' | 'credential_id'>

/** A person's passkeys, oldest first. */
export function listPasskeys(db: Db, userId: string, limit = MAX_PASSKEYS): Promise<Passkey[]> {
  return db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .limit(limit)
    .execute()
}

/** The person's passkey with this id. Primary key. */
export function findPasskey(
  db: Db,
  { user_id: userId, credential_id: credentialId }: PasskeyId
): Promise<Passkey | undefined> {
  return db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .where('credential_id', '=', credentialId)
    .executeTakeFirst()
}

/** Whether the person has a passkey. */
export async function hasPasskey(db: Db, userId: string): Promise<boolean> {
  const passkeyRow = await db
    .selectFrom('passkeys')
    .select('credential_id')
    .where('user_id', '=', userId)
    .limit(1)
    .executeTakeFirst()
  return passkeyRow !== undefined
}

/** Inserts a passkey. Returns false if anybody has one with this id. */
export async function insertPasskey(
  db: Db,
  passkey: Omit<Passkey, 'created_at' | 'last_used_at'>
): Promise<boolean> {
  const insertedPasskey = await db
    .insertInto('passkeys')
    .values(passkey)
    .onConflict((conflict) => conflict.doNothing())
    .returning('credential_id')
    .executeTakeFirst()
  return insertedPasskey !== undefined
}

/**
 * Records a use with the counter that the authenticator signed. Returns false if the counter did
 * not rise, which means that the authenticator was copied (WebAuthn Level 3 §6.1.1). Authenticators
 * without a counter always sign 0. Of two concurrent uses with one counter one succeeds.
 */
export async function consumePasskeyCounter(
  db: Db,
  { user_id: userId, credential_id: credentialId }: PasskeyId,
  { counter, backed_up }: Pick<Passkey, 'counter' | 'backed_up'>
): Promise<boolean> {
  const usedPasskey = await db
    .updateTable('passkeys')
    .set({ counter, backed_up, last_used_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where('credential_id', '=', credentialId)
    .where(({ or, and, eb }) =>
      or([eb('counter', '<', counter), and([eb('counter', '=', 0), eb.lit(counter === 0)])])
    )
    .returning('credential_id')
    .executeTakeFirst()
  return usedPasskey !== undefined
}

/** Returns false if the person has no such passkey. */
export async function renamePasskey(
  db: Db,
  { user_id: userId, credential_id: credentialId }: PasskeyId,
  name: string
): Promise<boolean> {
  const { numUpdatedRows: updated } = await db
    .updateTable('passkeys')
    .set({ name })
    .where('user_id', '=', userId)
    .where('credential_id', '=', credentialId)
    .executeTakeFirstOrThrow()
  return updated === 1n
}

/** Deletes a passkey; undefined if the person has no such passkey. */
export function deletePasskey(
  db: Db,
  { user_id: userId, credential_id: credentialId }: PasskeyId
): Promise<Passkey | undefined> {
  return db
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .where('credential_id', '=', credentialId)
    .returningAll()
    .executeTakeFirst()
}

/** Deletes all passkeys of a person; returns their number. */
export async function deleteUserPasskeys(db: Db, userId: string): Promise<number> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(deleted)
}
