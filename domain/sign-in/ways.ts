import type { Db, Trx } from '../../db/connection/connect.ts'
import { deleteIdentity, findIdentity } from '../../db/people/external-identities.ts'
import { deletePasskey, listPasskeys, type Passkey } from '../../db/people/passkeys.ts'
import { findUser, lockUser } from '../../db/people/users.ts'

/** `last_way`: nothing was removed, because the person could not sign in any more. */
export type Removal<T> = { removed: T } | { reason: 'gone' | 'last_way' }

/** Removes a passkey, unless it is the person's only way to sign in. `issuer`: of the settings. */
export function removePasskey(
  db: Db,
  passkeyId: Pick<Passkey, 'user_id' | 'credential_id'>,
  issuer: string | undefined
): Promise<Removal<Passkey>> {
  const { user_id: userId, credential_id: credentialId } = passkeyId
  return removeWay(db, userId, async (trx) => {
    const otherKeys = (await listPasskeys(trx, userId)).filter(
      (passkey) => passkey.credential_id !== credentialId
    )
    const identity = issuer === undefined ? undefined : await findIdentity(trx, userId, issuer)
    const hasOther = otherKeys.length > 0 || identity !== undefined
    return { hasOther, remove: () => deletePasskey(trx, passkeyId) }
  })
}

/** Unlinks the person's account at the provider, unless it is the only way to sign in. */
export function removeIdentity(db: Db, userId: string, issuer: string): Promise<Removal<true>> {
  return removeWay(db, userId, async (trx) => {
    const hasOther = (await listPasskeys(trx, userId, 1)).length > 0
    const remove = async () => (await deleteIdentity(trx, userId, issuer)) || undefined
    return { hasOther, remove }
  })
}

/** One after another for each person: two removals at once must not leave nothing. */
function removeWay<T>(
  db: Db,
  userId: string,
  findOthers: (trx: Trx) => Promise<{ hasOther: boolean; remove: () => Promise<T | undefined> }>
): Promise<Removal<T>> {
  return db.transaction().execute(async (trx) => {
    await lockUser(trx, userId)
    const { hasOther, remove } = await findOthers(trx)
    const user = await findUser(trx, userId)
    if (!hasOther && !user?.password_hash) return { reason: 'last_way' }
    const removed = await remove()
    return removed === undefined ? { reason: 'gone' } : { removed }
  })
}
