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
  sql`update attempts set last_attempt_at = last_attempt_at - make_interval(secs => ${seconds})`.execute(
    db
  )

t.test(
  'the free attempts may follow each other at once, each further one waits twice as long as the one before, to the longest',
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
  'an attempt that turned out well, or an hour without one, starts afresh; one taken back is not counted',
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

t.test('of attempts at the same time as many go on as are free', async (t) => {
  const waits = await Promise.all(
    Array.from({ length: 20 }, () => countAttempt(db, rule('at once')))
  )
  t.equal(waits.filter((wait) => wait === 0).length, 3)
})

t.test(
  'a free attempt that another one, begun later, overtook goes on',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const wait = await db.transaction().execute(async (trx) => {
      await sql`select now()`.execute(trx) // the transaction has begun, and so has what it will count
      t.equal(await countAttempt(db, rule('overtaken')), 0)
      return countAttempt(trx, rule('overtaken'))
    })
    t.equal(wait, 0)
  }
)
