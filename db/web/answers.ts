import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/** Returns the stored answer to the user's question and its time, or undefined if it expired. */
export async function findWebAnswer(
  db: Db,
  userId: string,
  question: string
): Promise<{ answer: object; answered_at: Date } | undefined> {
  return db
    .selectFrom('web_answers')
    .select(['answer', 'answered_at'])
    .where('user_id', '=', userId)
    .where('question_hash', '=', secretDigest(question))
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
}

/** Stores an answer for `seconds` in place of a former one. Returns the time of the answer. */
export async function insertWebAnswer(
  db: Db,
  userId: string,
  question: string,
  answer: object,
  seconds: number
): Promise<Date> {
  const answerColumns = {
    answer: JSON.stringify(answer),
    answered_at: sql<Date>`now()`,
    expires_at: sql<Date>`now() + make_interval(secs => ${seconds})`
  }
  const storedAnswer = await db
    .insertInto('web_answers')
    .values({ user_id: userId, question_hash: secretDigest(question), ...answerColumns })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'question_hash']).doUpdateSet(answerColumns)
    )
    .returning('answered_at')
    .executeTakeFirstOrThrow()
  return storedAnswer.answered_at
}

/** Deletes the expired answers of all users. */
export async function deleteExpiredWebAnswers(db: Db): Promise<void> {
  await db
    .deleteFrom('web_answers')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}

/** Deletes all answers of the user. */
export async function deleteWebAnswers(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('web_answers').where('user_id', '=', userId).execute()
}
