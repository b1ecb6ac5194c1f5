import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { coalesceCalls } from '../../../db/connection/batch.ts'
import { stopOnAbort } from '../../../db/connection/cancel.ts'
import { connect } from '../../../db/connection/connect.ts'
import { freshSettings, onPostgres, openDatabase } from '../../support/helper.ts'

t.test(
  'a statement given up with its call ends its connection, and only that is no fault',
  { skip: !onPostgres && 'the embedded database runs one statement at a time' },
  async (t) => {
    const faults: Error[] = []
    const { db, close } = await connect({
      databaseUrl: (await freshSettings(t))['DATABASE_URL']!,
      dataDir: '',
      onError: (error) => faults.push(error)
    })
    t.teardown(close)
    const giving = new AbortController()
    const waits = stopOnAbort(giving.signal, () => sql`select pg_sleep(30)`.execute(db))
    setTimeout(() => giving.abort(), 100)
    await t.rejects(waits)
    t.same(faults, [])
    await t.rejects(sql`select pg_terminate_backend(pg_backend_pid())`.execute(db))
    while (faults.length === 0) await sleep(10)
    t.match(faults, [/terminat/], 'a connection that ends by itself is a fault')
  }
)

t.test(
  'a batch goes on when the call that opened it is given up, for the others in it',
  { skip: !onPostgres && 'the embedded database runs one statement at a time' },
  async (t) => {
    const { db } = await openDatabase(t)
    const ask = coalesceCalls<string, string>(
      async (someDb, items) => {
        await sql`select pg_sleep(0.3)`.execute(someDb)
        return new Map(items.map((item) => [item, 'together']))
      },
      async () => 'alone'
    )
    const leaving = new AbortController()
    const left = stopOnAbort(leaving.signal, () => ask(db, 'a'))
    const stayed = ask(db, 'b')
    setTimeout(() => leaving.abort(), 100)
    t.same(await Promise.all([left, stayed]), ['together', 'together'])
  }
)
