// databases: both
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { sql } from 'kysely'
import pg from 'pg'
import { stopOnAbort } from '../../../db/connection/cancel.ts'
import { LookupLane } from '../../../db/connection/lane.ts'
import { findClient, issueClient } from '../../../db/oauth/clients.ts'
import {
  RESET_STATEMENT_LIMIT,
  PreparingClient,
  LIFT_STATEMENT_LIMIT
} from '../../../db/connection/prepared.ts'
import { freshSettings, onPostgres, openDatabase } from '../../support/helper.ts'
import { wireTo } from '../../support/wire.ts'

const metadata = {
  client_name: 'App',
  redirect_uris: ['https://app.example/callback'],
  scope: 'mcp:memory',
  token_endpoint_auth_method: 'none' as const
}

t.test(
  'a look-up in a transaction sees what that has written, and one outside does not',
  async (t) => {
    const { db } = await openDatabase(t)
    await db.transaction().execute(async (trx) => {
      await issueClient(trx, 'inside', metadata)
      t.equal((await findClient(trx, 'inside'))?.client_name, 'App')
      if (onPostgres) t.equal(await findClient(db, 'inside'), undefined)
    })
    t.equal((await findClient(db, 'inside'))?.client_name, 'App')
  }
)

t.test(
  'when the connection of look-ups ends, the next look-up uses a new one',
  { skip: !onPostgres && 'the embedded database has one session' },
  async (t) => {
    const { db } = await openDatabase(t)
    await issueClient(db, 'app', metadata)
    await findClient(db, 'app')
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => findClient(db, 'app')))
    t.ok(
      answers.every(
        ({ status, ...answer }) =>
          status === 'fulfilled' ||
          /terminat|not queryable|ECONNRESET|EPIPE/.test(
            String((answer as PromiseRejectedResult).reason)
          )
      )
    )
    for (let tries = 0; tries < 50; tries++) {
      if (await findClient(db, 'app').catch(() => undefined)) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    t.equal((await findClient(db, 'app'))?.client_id, 'app')
  }
)

t.test(
  'a connection without answers is given up, and the next statement uses a new one',
  { skip: !onPostgres && 'the embedded database is not behind a network' },
  async (t) => {
    const wire = await wireTo(t, (await freshSettings(t))['DATABASE_URL']!)
    const config = { user: 'postgres', connectionString: wire.url, query_timeout: 300 }
    const statement = { text: 'select 1 as answer' }
    const lane = new LookupLane(config, () => {})
    const pool = new pg.Pool({ ...config, max: 1, Client: PreparingClient })
      .on('error', () => {})
      .on('connect', (client) => client.on('error', () => {}))
    t.teardown(async () => {
      await Promise.all([lane.close(), pool.end()])
    })
    const queryThrice = () =>
      Promise.allSettled([lane.query(statement), lane.query(statement), pool.query(statement)])
    t.same(
      (await queryThrice()).map((answer) =>
        answer.status === 'fulfilled' ? 'answered' : String(answer.reason)
      ),
      ['answered', 'answered', 'answered']
    )
    wire.silence()
    const refused = await queryThrice()
    t.ok(
      refused.every(
        (answer) =>
          answer.status === 'rejected' &&
          /read timeout|terminated|not queryable/.test(String(answer.reason))
      )
    )
    wire.mend()
    t.same(
      (await queryThrice()).map((answer) =>
        answer.status === 'fulfilled' ? 'answered' : String(answer.reason)
      ),
      ['answered', 'answered', 'answered']
    )
  }
)

t.test(
  'a look-up given up before there is a connection leaves no connection behind',
  { skip: !onPostgres && 'the embedded database is not behind a network' },
  async (t) => {
    const wire = await wireTo(t, (await freshSettings(t))['DATABASE_URL']!)
    wire.silence()
    const lane = new LookupLane(
      { user: 'postgres', connectionString: wire.url, query_timeout: 200 },
      () => {}
    )
    t.teardown(() => lane.close())
    await t.rejects(lane.query({ text: 'select 1' }), /read timeout|terminated/)
    await t.resolves(wire.unused(), 'its socket is closed')
  }
)

t.test(
  'a client that lifts the limit on its statements is not given up until it restores the limit',
  { skip: !onPostgres && 'the embedded database is not behind a network' },
  async (t) => {
    const { DATABASE_URL: connectionString } = await freshSettings(t)
    const client = new PreparingClient({ user: 'postgres', connectionString, query_timeout: 300 })
    client.on('error', () => {})
    await client.connect()
    t.teardown(() => client.end())
    await client.query(LIFT_STATEMENT_LIMIT)
    await t.resolves(client.query('select pg_sleep(0.6)'))
    await client.query(RESET_STATEMENT_LIMIT)
    await t.rejects(client.query('select pg_sleep(0.6)'), /read timeout/)
  }
)

t.test(
  'an aborted statement is stopped, and its transaction undone',
  { skip: !onPostgres && 'the embedded database ends it by its limit of time' },
  async (t) => {
    const { db } = await openDatabase(t)
    const controller = new AbortController()
    const work = stopOnAbort(controller.signal, () =>
      db.transaction().execute(async (trx) => {
        await issueClient(trx, 'undone', metadata)
        await sql`select pg_sleep(60)`.execute(trx)
      })
    )
    const sleeping = async () =>
      (
        await sql<{ n: number }>`select count(*) as n from pg_stat_activity
          where query like 'select pg_sleep%' and state = 'active'
            and datname = current_database()`.execute(db)
      ).rows[0]!.n
    while ((await sleeping()) === 0) await sleep(20)
    controller.abort()
    await t.rejects(work, /terminated|not queryable/)
    while ((await sleeping()) > 0) await sleep(20)
    t.equal(await findClient(db, 'undone'), undefined)
    await t.resolves(
      stopOnAbort(controller.signal, () => sql`select 1`.execute(db)),
      'what begins later is not stopped'
    )
  }
)
