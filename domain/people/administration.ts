import { forgetAllAttempts } from '../../db/people/attempts.ts'
import { type Auditor, insertAuditLog } from '../../db/audit/audit-logs.ts'
import type { Db, Trx } from '../../db/connection/connect.ts'
import { consumeAccountLink } from '../../db/people/account-links.ts'
import { deleteUserSessions } from '../../db/people/sessions.ts'
import { deleteUser, findUser, insertUser, updateUser, type User } from '../../db/people/users.ts'
import type { Role } from '../../db/schema/index.ts'
import { isLastAdministrator } from './last-administrator.ts'

/** What became of a change to an account. `last`: it is the only administrator. */
export type AccountChange = KnownChange | { outcome: 'unknown' }
type KnownChange = { outcome: 'changed' | 'unchanged'; user: User } | { outcome: 'last' }

/** What an account owned when it was deleted; keys and apps only if they worked. */
export type DeletedCounts = Awaited<ReturnType<typeof deleteUser>>

/** Changes what a person may do, from the next request on. */
export function changeRole(
  db: Db,
  userId: string,
  role: Role,
  audit: Auditor
): Promise<AccountChange> {
  return withAccount(db, userId, (trx, user) => assignRole(trx, user, role, audit))
}

/** `changeRole` within a transaction that has read the account. */
export async function assignRole(
  trx: Trx,
  user: User,
  role: Role,
  audit: Auditor
): Promise<KnownChange> {
  if (user.role === role) return { outcome: 'unchanged', user }
  if (role !== 'admin' && (await isLastAdministrator(trx, user))) return { outcome: 'last' }
  const userId = user.user_id
  const details = { from: user.role, to: role }
  await insertAuditLog(trx, audit('user.role_changed', { user_id: userId, details }))
  return { outcome: 'changed', user: (await updateUser(trx, userId, { role }))! }
}

/**
 * Disables or enables an account. A disabled one cannot sign in, its keys and apps stop working,
 * and its browser sessions end. No data is lost.
 */
export function switchAccount(
  db: Db,
  userId: string,
  isEnabled: boolean,
  audit: Auditor
): Promise<AccountChange> {
  return withAccount(db, userId, (trx, user) => enableAccount(trx, user, isEnabled, audit))
}

/** `switchAccount` within a transaction that has read the account. */
export async function enableAccount(
  trx: Trx,
  user: User,
  isEnabled: boolean,
  audit: Auditor
): Promise<KnownChange> {
  const userId = user.user_id
  const isUnchanged = (user.disabled_at === null) === isEnabled
  if (!isEnabled && !isUnchanged && (await isLastAdministrator(trx, user))) {
    return { outcome: 'last' }
  }
  let changedUser = user
  if (!isUnchanged) {
    const action = isEnabled ? 'user.enabled' : 'user.disabled'
    await insertAuditLog(trx, audit(action, { user_id: userId }))
    const disabledAt = isEnabled ? null : new Date()
    changedUser = (await updateUser(trx, userId, { disabled_at: disabledAt }))!
  }
  // Also if it was disabled already: a session that a sign-in made meanwhile must not stay.
  if (!isEnabled) await deleteUserSessions(trx, userId)
  return { outcome: isUnchanged ? 'unchanged' : 'changed', user: changedUser }
}

/** Deletes an account with everything that it owns. The audit log stays. */
export function removeAccount(db: Db, userId: string, audit: Auditor): Promise<AccountChange> {
  return withAccount(db, userId, (trx, user) => deleteAccount(trx, user, audit))
}

/** `removeAccount` within a transaction that has read the account; with what was deleted. */
export async function deleteAccount(
  trx: Trx,
  user: User,
  audit: Auditor
): Promise<{ outcome: 'changed'; user: User; counts: DeletedCounts } | { outcome: 'last' }> {
  if (await isLastAdministrator(trx, user)) return { outcome: 'last' }
  const counts = await deleteUser(trx, user.user_id)
  const entry = audit('user.deleted', { user_id: user.user_id, details: { ...counts } })
  await insertAuditLog(trx, entry)
  return { outcome: 'changed', user, counts }
}

function withAccount(
  db: Db,
  userId: string,
  work: (trx: Trx, user: User) => Promise<AccountChange>
): Promise<AccountChange> {
  return db.transaction().execute(async (trx) => {
    const user = await findUser(trx, userId)
    return user ? work(trx, user) : { outcome: 'unknown' }
  })
}

/**
 * Makes the account of an invitation. `used`: the link is no longer valid. `taken`: another account
 * has the address; the link is used up.
 */
export function acceptInvitation(
  db: Db,
  token: string,
  { name, passwordHash }: { name: string; passwordHash: string },
  audit: Auditor
): Promise<{ outcome: 'used' | 'taken' } | { outcome: 'made'; user: User }> {
  return db.transaction().execute(async (trx) => {
    const link = await consumeAccountLink(trx, token, 'invitation')
    if (!link?.email || !link.role) return { outcome: 'used' }
    const newUser = { email: link.email, role: link.role, name, password_hash: passwordHash }
    const user = await insertUser(trx, newUser)
    if (!user) return { outcome: 'taken' }
    await insertAuditLog(
      trx,
      audit('user.created', { user_id: user.user_id, reason: 'invitation' })
    )
    return { outcome: 'made', user }
  })
}

/** Sets the password of a reset link, and ends all browser sessions. undefined if it is used. */
export function acceptPasswordReset(
  db: Db,
  token: string,
  passwordHash: string,
  audit: Auditor
): Promise<User | undefined> {
  return db.transaction().execute(async (trx) => {
    const link = await consumeAccountLink(trx, token, 'password_reset')
    if (!link?.user_id) return undefined
    const userId = link.user_id
    await insertAuditLog(trx, audit('user.password_reset', { user_id: userId }))
    const user = await updateUser(trx, userId, { password_hash: passwordHash })
    await forgetAllAttempts(trx) // Guesses by strangers must not delay the next sign-in.
    // Last: a concurrent sign-in with the old password then fails, or its session ends here.
    await deleteUserSessions(trx, userId)
    return user
  })
}
