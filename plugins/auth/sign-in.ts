import { PasswordsBusyError, passwordsAreBusy, verifyPassword } from '../../lib/passwords.ts'
import type { Db } from '../../db/connection/connect.ts'
import {
  countAttempt,
  forgetAttempts,
  takeBackAttempt,
  type AttemptThrottle
} from '../../db/people/attempts.ts'
import { findUserByEmail, foldEmail, type User } from '../../db/people/users.ts'
import { networkOf } from '../../lib/network.ts'

export type SignInResult =
  | { user: User }
  | { reason: 'wrong_password' | 'unknown_user' | 'disabled_user'; user_id?: string }
  | { reason: 'throttled'; retryAfter: number }

/** `shared`: other accounts count under the same subject, so a success takes back one attempt. */
type SignInThrottle = AttemptThrottle & { shared?: boolean }

interface SignInAttempt {
  email: string
  password: string
  /** The IP address it comes from. */
  address: string
  /** Names the browser of the attempt, if this person signed in there before. */
  knownBrowser?: ((userId: string) => string | undefined) | undefined
}

/**
 * Checks an email address and a password, with the same work and answer for people who do not
 * exist. Attempts are slowed down for minutes at most and never locked out. `retryAfter` is in
 * seconds. A browser that the person used before counts apart, so that strangers cannot use up its
 * attempts. All others count per account and address, per account, and per address.
 */
export async function signIn(db: Db, attempt: SignInAttempt): Promise<SignInResult> {
  const { email, password, address } = attempt
  // Counts nothing: this person has not tried too often.
  if (passwordsAreBusy()) {
    return { reason: 'throttled', retryAfter: new PasswordsBusyError().retryAfter }
  }
  const user = await findUserByEmail(db, email)
  // By account, not by spelling, and alike for unknown people: otherwise the limits reveal them.
  const account = user?.user_id ?? (await foldEmail(db, email))
  const network = networkOf(address) // One IPv6 address means a whole /64.
  const browserName = user && attempt.knownBrowser?.(user.user_id)
  const throttles: SignInThrottle[] =
    browserName === undefined
      ? strangerThrottles(account, network)
      : [{ subject: `browser ${browserName} ${account}`, free: 5, first: 15, longest: 900 }]
  for (const throttle of throttles) {
    const retryAfter = await countAttempt(db, throttle)
    if (retryAfter > 0) return { reason: 'throttled', retryAfter }
  }
  const isRight = await verifyPassword(user?.password_hash, password).catch(async (error) => {
    if (!(error instanceof PasswordsBusyError)) throw error
    for (const { subject } of throttles) await takeBackAttempt(db, subject)
    return error
  })
  if (isRight instanceof PasswordsBusyError) {
    return { reason: 'throttled', retryAfter: isRight.retryAfter }
  }
  if (!user) return { reason: 'unknown_user' }
  if (!isRight) return { reason: 'wrong_password', user_id: user.user_id }
  if (user.disabled_at) return { reason: 'disabled_user', user_id: user.user_id }
  for (const { subject, shared } of throttles) {
    await (shared ? takeBackAttempt(db, subject) : forgetAttempts(db, subject))
  }
  return { user }
}

/** Three separate limits: one account from one network, one account, and one network. */
function strangerThrottles(account: string, network: string): SignInThrottle[] {
  return [
    { subject: `pair ${account} ${network}`, free: 5, first: 15, longest: 900 },
    { subject: `account ${account}`, free: 20, first: 5, longest: 60 },
    { subject: `address ${network}`, free: 100, first: 5, longest: 60, shared: true }
  ]
}
