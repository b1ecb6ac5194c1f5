// databases: both
import t from 'tap'
import { sql } from 'kysely'
import { countAttempt, forgetAttempts, takeBackAttempt } from '../../db/people/attempts.ts'
import { onPostgres, openDatabase } from '../support/helper.ts'

const { db } = await openDatabase(t)
const rule = (subject: string) => ({ subject, free: 3, first: 10, longest: 60 })
const count = async (subject: string, times: number) => {
  const waits: number[] = []
  for (let i = 0; i < times; i++) waits.push(await countAttempt(db, rule(subject)))
  return waits
}
const later = (seconds: number) =>
  sql`update attempts
    set last_attempt_at = last_attempt_at - make_interval(secs => ${seconds})`.execute(db)

t.test(
  'free attempts need no wait, and each further one waits twice as long, up to the longest',
  async (t) => {
    t.same(await count('doubling', 5), [0, 0, 0, 10, 10])
    for (const [wait, next] of [
      [10, 20],
      [20, 40],
      [40, 60],
      [60, 60]
    ] as const) {
      await later(wait)
      t.same(await count('doubling', 2), [0, next], `after ${wait} s`)
    }
  }
)

t.test(
  'a success or an hour without attempts starts afresh; one taken back does not count',
  async (t) => {
    t.same(await count('well', 4), [0, 0, 0, 10])
    await forgetAttempts(db, 'well')
    t.same(await count('well', 4), [0, 0, 0, 10])
    await later(3601)
    t.same(await count('well', 4), [0, 0, 0, 10])
    await takeBackAttempt(db, 'well')
    t.same(await count('well', 2), [0, 10])
  }
)

t.test('of simultaneous attempts as many go on as are free', async (t) => {
  const waits = await Promise.all(
    Array.from({ length: 20 }, () => countAttempt(db, rule('at once')))
  )
  t.equal(waits.filter((wait) => wait === 0).length, 3)
})

t.test(
  'a free attempt goes on when a later one overtook it',
  { skip: !onPostgres && 'the embedded database runs one statement at a time' },
  async (t) => {
    const wait = await db.transaction().execute(async (trx) => {
      await sql`select now()`.execute(trx) // begins the transaction before the other attempt
      t.equal(await countAttempt(db, rule('overtaken')), 0)
      return countAttempt(trx, rule('overtaken'))
    })
    t.equal(wait, 0)
  }
)
