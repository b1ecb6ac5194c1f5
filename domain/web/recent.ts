import { findWebAnswer, insertWebAnswer } from '../../db/web/answers.ts'
import type { CallContext } from '../context.ts'

/**
 * The answer that this person got to the same question a short while ago, or else a fresh one,
 * which is kept for `seconds`; and when it was given.
 */
export async function recent<T extends object>(
  { db, principal }: CallContext,
  question: unknown[],
  seconds: number,
  ask: () => Promise<T>
): Promise<{ found: T; at: string }> {
  const asked = JSON.stringify(question)
  const kept = await findWebAnswer(db, principal.user_id, asked)
  if (kept) return { found: kept.answer as T, at: kept.answered_at.toISOString() }
  const found = await ask()
  return {
    found,
    at: (await insertWebAnswer(db, principal.user_id, asked, found, seconds)).toISOString()
  }
}
