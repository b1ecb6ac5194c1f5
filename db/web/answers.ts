import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/** What was answered to this person's same question and has not run out, and when. */
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

/** Keeps an answer for `seconds`, in place of a former one; the time that it counts as answered. */
export async function insertWebAnswer(
  db: Db,
  userId: string,
  question: string,
  answer: object,
  seconds: number
): Promise<Date> {
  const row = {
    answer: JSON.stringify(answer),
    answered_at: sql<Date>`now()`,
    expires_at: sql<Date>`now() + make_interval(secs => ${seconds})`
  }
  const { answered_at: at } = await db
    .insertInto('web_answers')
    .values({ user_id: userId, question_hash: secretDigest(question), ...row })
    .onConflict((conflict) => conflict.columns(['user_id', 'question_hash']).doUpdateSet(row))
    .returning('answered_at')
    .executeTakeFirstOrThrow()
  return at
}

export async function deleteExpiredWebAnswers(db: Db): Promise<void> {
  await db
    .deleteFrom('web_answers')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}

export async function deleteWebAnswers(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('web_answers').where('user_id', '=', userId).execute()
}
