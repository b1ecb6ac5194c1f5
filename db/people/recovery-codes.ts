import type { Trx, Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/** The codes have 80 random bits, so that a fast hash suffices. */
function codeHash(userId: string, code: string): string {
  return secretDigest(`${userId} ${code}`)
}

/** Stores the hashes of new codes in place of all former ones. */
export async function replaceRecoveryCodes(
  trx: Trx,
  userId: string,
  codes: string[]
): Promise<void> {
  await deleteRecoveryCodes(trx, userId)
  await trx
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ user_id: userId, code_hash: codeHash(userId, code) })))
    .execute()
}

/** Redeems a code: of two concurrent callers one gets true. Primary key. */
export async function consumeRecoveryCode(db: Db, userId: string, code: string): Promise<boolean> {
  const consumedCode = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', codeHash(userId, code))
    .returning('user_id')
    .executeTakeFirst()
  return consumedCode !== undefined
}

/** The number of codes that are left. */
export async function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  const { left } = await db
    .selectFrom('recovery_codes')
    .select(({ fn }) => fn.countAll<number>().as('left'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return left
}

/** Deletes all codes of a person. */
export async function deleteRecoveryCodes(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
}
