import { PasswordsBusyError, passwordsAreBusy, verifyPassword } from '../../db/passwords.ts'
import type { Db } from '../../db/connect.ts'
import { countAttempt, forgetAttempts, takeBackAttempt } from '../../db/attempts.ts'
import { findUserByEmail, touchUser, type User } from '../../db/users.ts'
import { networkOf } from '../network.ts'

export type SignInResult = { user: User } | { reason: 'wrong_password' | 'unknown_user' | 'disabled_user', user_id?: string } | { reason: 'throttled', retryAfter: number }

/**
 * Checks an email address and a password: the same work and the same answer for people who do not exist. Attempts are slowed down per account
 * and address, per account, and per address, each for minutes at most; nobody is ever locked out. `retryAfter` is in seconds.
 */
export async function signIn (db: Db, email: string, password: string, address: string): Promise<SignInResult> {
  // Before anything is counted: it is not this person who has tried too often.
  if (passwordsAreBusy()) return { reason: 'throttled', retryAfter: new PasswordsBusyError().retryAfter }
  const account = email.trim().toLowerCase()
  const network = networkOf(address) // who has one address of IPv6 has all of a /64
  const pair = `pair ${account} ${network}`
  for (const throttle of [
    { subject: pair, free: 5, first: 15, longest: 900 },
    { subject: `account ${account}`, free: 20, first: 5, longest: 60 },
    { subject: `address ${network}`, free: 100, first: 5, longest: 60 }
  ]) {
    const retryAfter = await countAttempt(db, throttle)
    if (retryAfter > 0) return { reason: 'throttled', retryAfter }
  }
  const user = await findUserByEmail(db, email)
  const right = await verifyPassword(user?.password_hash, password).catch(async (error) => {
    if (!(error instanceof PasswordsBusyError)) throw error
    for (const subject of [pair, `account ${account}`, `address ${network}`]) await takeBackAttempt(db, subject)
    return error
  })
  if (right instanceof PasswordsBusyError) return { reason: 'throttled', retryAfter: right.retryAfter }
  if (!user) return { reason: 'unknown_user' }
  if (!right) return { reason: 'wrong_password', user_id: user.user_id }
  if (user.disabled_at) return { reason: 'disabled_user', user_id: user.user_id }
  await forgetAttempts(db, pair)
  await forgetAttempts(db, `account ${account}`)
  await takeBackAttempt(db, `address ${network}`)
  await touchUser(db, user.user_id)
  return { user }
}
