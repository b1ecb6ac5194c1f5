import { findWebAnswer, insertWebAnswer } from '../../db/web/answers.ts'
import type { CallContext } from '../context.ts'

/**
 * The stored answer to this user's same question, or a fresh one, which is stored for `seconds`.
 * `at` is the time of the answer.
 */
export async function findOrFetchRecent<T extends object>(
  { db, principal }: CallContext,
  question: unknown[],
  seconds: number,
  ask: () => Promise<T>
): Promise<{ answer: T; at: string }> {
  const questionKey = JSON.stringify(question)
  const storedAnswer = await findWebAnswer(db, principal.user_id, questionKey)
  if (storedAnswer) {
    return { answer: storedAnswer.answer as T, at: storedAnswer.answered_at.toISOString() }
  }
  const freshAnswer = await ask()
  return {
    answer: freshAnswer,
    at: (
      await insertWebAnswer(db, principal.user_id, questionKey, freshAnswer, seconds)
    ).toISOString()
  }
}
