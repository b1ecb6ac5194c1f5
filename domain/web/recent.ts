import { findWebAnswer, insertWebAnswer } from '../../db/web/answers.ts'
import type { CallContext } from '../context.ts'

/**
 * The answer that this person got to the same question a short while ago, or else a fresh one,
 * which is kept for `seconds`; and when it was given.
 */
export async function findOrFetchRecent<T extends object>(
  { db, principal }: CallContext,
  question: unknown[],
  seconds: number,
  ask: () => Promise<T>
): Promise<{ found: T; at: string }> {
  const questionKey = JSON.stringify(question)
  const storedAnswer = await findWebAnswer(db, principal.user_id, questionKey)
  if (storedAnswer)
    return { found: storedAnswer.answer as T, at: storedAnswer.answered_at.toISOString() }
  const freshAnswer = await ask()
  return {
    found: freshAnswer,
    at: (
      await insertWebAnswer(db, principal.user_id, questionKey, freshAnswer, seconds)
    ).toISOString()
  }
}
