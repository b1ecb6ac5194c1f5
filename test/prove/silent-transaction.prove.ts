import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { ping } from '../../db/connection/maintenance.ts'
import { onPostgres, openDatabase } from '../support/helper.ts'

t.test(
  'a client that is silent in a transaction is ended after 20 s, however many queries wait',
  { skip: onPostgres && 'of the embedded database' },
  async (t) => {
    const { db, settings } = await openDatabase(t)
    const silent = new pg.Client({
      host: settings['DATA_DIR']!,
      user: 'postgres',
      database: 'postgres'
    })
    const ended = new Promise((resolve) => silent.on('error', resolve))
    await silent.connect()
    await silent.query('begin')
    const since = Date.now()
    await Promise.all(
      [0, 4000, 8000, 12_000].map(async (later) => {
        await sleep(later)
        await ping(db).catch(() => undefined) // a new connection gives up after 5 s
      })
    )
    await ended
    const seconds = (Date.now() - since) / 1000
    t.ok(seconds > 18 && seconds < 28, `${seconds} s`)
  }
)
