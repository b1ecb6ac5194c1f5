import { countAttempt, takeBackAttempt } from '../../../db/people/attempts.ts'
import type { Db } from '../../../db/connection/connect.ts'
import type { Session } from '../../../db/people/sessions.ts'

/**
 * Per sign-in, per account, and for everybody together; a code has 20^8 values and lives for 15
 * minutes (RFC 8628 §5.1).
 */
const throttles = ({ session_hash: session, user_id: user }: Session) => [
  { subject: `user code session ${session}`, free: 5, first: 5, longest: 300 },
  { subject: `user code account ${user}`, free: 10, first: 5, longest: 300 },
  { subject: 'user code', free: 300, first: 1, longest: 5 }
]

/** Counts a guess before it is looked up. The seconds to wait, 0 when it may be. */
export async function countGuess(db: Db, session: Session): Promise<number> {
  for (const throttle of throttles(session)) {
    const retryAfter = await countAttempt(db, throttle)
    if (retryAfter > 0) return retryAfter
  }
  return 0
}

/**
 * It was no guess. Only this one: whoever makes codes of his own must not buy himself more guesses
 * with them.
 */
export async function takeBackGuess(db: Db, session: Session): Promise<void> {
  for (const { subject } of throttles(session)) await takeBackAttempt(db, subject)
}
