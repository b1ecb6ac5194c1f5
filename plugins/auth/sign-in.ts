import { PasswordsBusyError, passwordsAreBusy, verifyPassword } from '../../lib/passwords.ts'
import type { Db } from '../../db/connection/connect.ts'
import {
  countAttempt,
  forgetAttempts,
  takeBackAttempt,
  type Throttle
} from '../../db/people/attempts.ts'
import { findUserByEmail, foldEmail, touchUser, type User } from '../../db/people/users.ts'
import { networkOf } from '../../lib/network.ts'

export type SignInResult =
  | { user: User }
  | { reason: 'wrong_password' | 'unknown_user' | 'disabled_user'; user_id?: string }
  | { reason: 'throttled'; retryAfter: number }

interface Attempt {
  email: string
  password: string
  /** The IP address it comes from. */
  address: string
  /** The browser it comes from, when this person signed in there before. */
  knownBrowser?: ((userId: string) => string | undefined) | undefined
}

/**
 * Checks an email address and a password: the same work and the same answer for people who do not
 * exist. Attempts are slowed down for minutes at most; nobody is ever locked out. `retryAfter` is
 * in seconds. A browser that the person used before is counted apart, so that strangers cannot use
 * up its attempts; all others count per account and address, per account, and per address.
 */
export async function signIn(db: Db, attempt: Attempt): Promise<SignInResult> {
  const { email, password, address } = attempt
  // Before anything is counted: it is not this person who has tried too often.
  if (passwordsAreBusy()) {
    return { reason: 'throttled', retryAfter: new PasswordsBusyError().retryAfter }
  }
  const user = await findUserByEmail(db, email)
  // By the account, not by how it was typed; and alike for who does not exist, or it could be told.
  const account = user?.user_id ?? (await foldEmail(db, email))
  const network = networkOf(address) // who has one address of IPv6 has all of a /64
  const browser = user && attempt.knownBrowser?.(user.user_id)
  const throttles: Array<Throttle & Shared> =
    browser === undefined
      ? strangerThrottles(account, network)
      : [{ subject: `browser ${browser} ${account}`, free: 5, first: 15, longest: 900 }]
  for (const throttle of throttles) {
    const retryAfter = await countAttempt(db, throttle)
    if (retryAfter > 0) return { reason: 'throttled', retryAfter }
  }
  const right = await verifyPassword(user?.password_hash, password).catch(async (error) => {
    if (!(error instanceof PasswordsBusyError)) throw error
    for (const { subject } of throttles) await takeBackAttempt(db, subject)
    return error
  })
  if (right instanceof PasswordsBusyError) {
    return { reason: 'throttled', retryAfter: right.retryAfter }
  }
  if (!user) return { reason: 'unknown_user' }
  if (!right) return { reason: 'wrong_password', user_id: user.user_id }
  if (user.disabled_at) return { reason: 'disabled_user', user_id: user.user_id }
  for (const { subject, shared } of throttles) {
    await (shared ? takeBackAttempt(db, subject) : forgetAttempts(db, subject))
  }
  await touchUser(db, user.user_id)
  return { user }
}

/** Each bound is on its own: on one account from one address, on one account, on one address. */
function strangerThrottles(account: string, network: string): Array<Throttle & Shared> {
  return [
    { subject: `pair ${account} ${network}`, free: 5, first: 15, longest: 900 },
    { subject: `account ${account}`, free: 20, first: 5, longest: 60 },
    { subject: `address ${network}`, free: 100, first: 5, longest: 60, shared: true }
  ]
}

/** Others are counted under the same subject: a success takes back one attempt, not all. */
interface Shared {
  shared?: boolean
}
