import { countAttempt, takeBackAttempt } from '../../../db/people/attempts.ts'
import type { Db } from '../../../db/connection/connect.ts'
import type { Session } from '../../../db/people/sessions.ts'

/**
 * Limits per session, per account, and for all people together. A code has 20^8 values and lives
 * for 15 minutes (RFC 8628 §5.1).
 */
const guessThrottles = ({ session_hash, user_id }: Session) => [
  { subject: `user code session ${session_hash}`, free: 5, first: 5, longest: 300 },
  { subject: `user code account ${user_id}`, free: 10, first: 5, longest: 300 },
  { subject: 'user code', free: 300, first: 1, longest: 5 }
]

/** Counts a guess before the code is looked up. Seconds to wait; 0: the guess is allowed. */
export async function countGuess(db: Db, session: Session): Promise<number> {
  for (const throttle of guessThrottles(session)) {
    const retryAfter = await countAttempt(db, throttle)
    if (retryAfter > 0) return retryAfter
  }
  return 0
}

/**
 * The code was right, so it was no guess. Takes back this one attempt only: a person who makes own
 * codes must not get more guesses by entering them.
 */
export async function takeBackGuess(db: Db, session: Session): Promise<void> {
  for (const { subject } of guessThrottles(session)) await takeBackAttempt(db, subject)
}
