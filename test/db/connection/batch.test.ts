import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { sql } from 'kysely'
import pg from 'pg'
import { listAuditLogsOfRequest, insertAuditLog } from '../../../db/audit/audit-logs.ts'
import { coalesceCalls } from '../../../db/connection/batch.ts'
import type { Db } from '../../../db/connection/connect.ts'
import { findClient, issueClient } from '../../../db/oauth/clients.ts'
import { insertGrant } from '../../../db/oauth/grants.ts'
import {
  findRefreshToken,
  type PresentedRefreshToken,
  rotateRefreshToken
} from '../../../db/oauth/refresh-tokens.ts'
import { hashTokenPair, newTokenPair } from '../../../db/oauth/token-pair.ts'
import { onPostgres, openDatabase } from '../../support/helper.ts'

const metadata = {
  client_name: 'App',
  redirect_uris: ['https://app.example/callback'],
  scope: 'mcp:memory',
  token_endpoint_auth_method: 'none' as const
}
const nowhere = {} as Db

t.test(
  'what is asked in one turn, or while a batch is under way, goes together, 32 at most',
  async (t) => {
    const batches: number[][] = []
    const double = coalesceCalls<number, number>(
      async (_, items) => {
        batches.push(items)
        await sleep(20)
        return new Map(items.map((item) => [item, item * 2]))
      },
      () => {
        throw new Error('none is left out')
      }
    )
    const first = [double(nowhere, 1), double(nowhere, 2)]
    await sleep(5)
    const later = Array.from({ length: 40 }, (_, i) => double(nowhere, 10 + i))
    t.same(await Promise.all([...first, ...later]), [
      2,
      4,
      ...Array.from({ length: 40 }, (_, i) => 20 + 2 * i)
    ])
    t.same(
      batches.map(({ length }) => length),
      [2, 32, 8]
    )
    t.equal(await double(nowhere, 7), 14, 'and one alone needs no company')
  }
)

t.test(
  'an item that a batch leaves out or that is refused goes alone, but not after a lost connection',
  async (t) => {
    const alone: string[] = []
    let failure: Error | undefined
    const ask = coalesceCalls<string, string>(
      async (_, items) => {
        if (failure) throw failure
        return new Map(items.filter((item) => item !== 'odd').map((item) => [item, 'together']))
      },
      async (_, item) => {
        alone.push(item)
        if (item === 'bad') throw new Error('refused')
        return 'alone'
      }
    )
    t.same(await Promise.all(['a', 'odd', 'b'].map((item) => ask(nowhere, item))), [
      'together',
      'alone',
      'together'
    ])
    failure = new pg.DatabaseError('invalid input', 1, 'error')
    const settled = await Promise.allSettled(['a', 'bad', 'b'].map((item) => ask(nowhere, item)))
    t.same(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
      'the bad one fails for itself'
    )
    failure = new Error('Connection terminated unexpectedly')
    alone.length = 0
    t.ok(
      (await Promise.allSettled(['a', 'b'].map((item) => ask(nowhere, item)))).every(
        ({ status }) => status === 'rejected'
      )
    )
    t.same(alone, [])
    failure = undefined
    t.equal(await ask(nowhere, 'a'), 'together', 'the next batch is asked as ever')
  }
)

t.test(
  'simultaneous look-ups each get their answer, also beside one that the database refuses',
  async (t) => {
    const { db } = await openDatabase(t)
    const ids = Array.from({ length: 40 }, (_, index) => `client-${index}`)
    for (const id of ids) await issueClient(db, id, metadata)
    const clients = await Promise.all(
      [...ids, 'nobody', 'client-3', 'nobody'].map((id) => findClient(db, id))
    )
    t.same(
      clients.map((client) => client?.client_id),
      [...ids, undefined, 'client-3', undefined]
    )
    t.notOk('n' in clients[0]!, 'with the columns of a client and no others')
    const beside = await Promise.allSettled(
      ['client-1', 'with a \0', 'client-2'].map((id) => findClient(db, id))
    )
    t.match(beside, [
      { value: { client_id: 'client-1' } },
      { status: 'rejected' },
      { value: { client_id: 'client-2' } }
    ])
  }
)

t.test(
  'simultaneous audit rows are all stored, also beside one that the database refuses',
  async (t) => {
    const { db } = await openDatabase(t)
    const note = (action: string) => insertAuditLog(db, { action, request_id: 'r' })
    const noted = await Promise.allSettled([note('a'), note(null as unknown as string), note('b')])
    t.same(
      noted.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled']
    )
    t.same((await listAuditLogsOfRequest(db, 'r')).map(({ action }) => action).sort(), ['a', 'b'])
  }
)

t.test(
  'in a transaction the error is what was wrong, not that the transaction is over',
  async (t) => {
    const { db } = await openDatabase(t)
    await t.rejects(
      db.transaction().execute((trx) => insertAuditLog(trx, { action: null as unknown as string })),
      { code: '23502' }
    )
  }
)

/** So many refresh tokens of one person and app, as a look-up returns them. */
async function tokens(
  t: Test,
  count: number
): Promise<{
  db: Db
  presented: PresentedRefreshToken[]
  rotate: (row: PresentedRefreshToken) => Promise<boolean>
}> {
  const { db } = await openDatabase(t)
  await issueClient(db, 'app', metadata)
  const { user_id: userId } = await db
    .insertInto('users')
    .values({ email: 'a@example.org' })
    .returning('user_id')
    .executeTakeFirstOrThrow()
  const grant = {
    user_id: userId,
    client_id: 'app',
    resource: 'http://localhost/mcp',
    scope: 'mcp:memory'
  }
  const presented: PresentedRefreshToken[] = []
  for (let i = 0; i < count; i++) {
    const pair = newTokenPair(90)
    const grantId = await db.transaction().execute((trx) => insertGrant(trx, grant))
    await db
      .insertInto('oauth_tokens')
      .values({
        ...grant,
        ...hashTokenPair(pair),
        grant_id: grantId,
        refresh_expires_at: sql`now() + interval '90 days'`
      })
      .execute()
    presented.push((await findRefreshToken(db, pair.refresh_token!))!)
  }
  const rotate = (row: PresentedRefreshToken) =>
    rotateRefreshToken(
      db,
      row.token_id,
      { ...row, scope: 'mcp:memory', refresh_days: 90 },
      {
        pair: newTokenPair(90),
        sealed: null,
        entry: {
          action: 'oauth.token.refreshed',
          user_id: row.user_id,
          client_id: 'app',
          grant_id: row.grant_id
        }
      }
    )
  return { db, presented, rotate }
}

t.test(
  'simultaneous rotations consume, follow and note each refresh token once, in a few statements',
  async (t) => {
    const { db, presented, rotate } = await tokens(t, 20)
    const [first] = presented
    const done = await Promise.all([...presented, first!].map(rotate))
    t.same(
      [done.filter(Boolean).length, done[0] !== done[20]],
      [20, true],
      'the one that came twice is rotated once'
    )
    const made = await db
      .selectFrom('oauth_tokens')
      .select(['grant_id', sql<string>`xmin::text`.as('transaction')])
      .where('rotated_at', 'is', null)
      .execute()
    t.same(
      made.map((row) => row.grant_id).sort(),
      presented.map((row) => row.grant_id).sort(),
      'each grant has its new pair'
    )
    t.ok(new Set(made.map(({ transaction }) => transaction)).size <= 2)
    const noted = await db
      .selectFrom('audit_logs')
      .select('grant_id')
      .where('action', '=', 'oauth.token.refreshed')
      .execute()
    t.same(
      noted.map((row) => row.grant_id).sort(),
      presented.map((row) => row.grant_id).sort(),
      'and its row in the audit log'
    )
  }
)

t.test(
  'a token of a revoked grant or a disabled user is not rotated, whoever is beside it',
  async (t) => {
    const { db, presented, rotate } = await tokens(t, 4)
    const [last, ...others] = presented
    await db
      .updateTable('oauth_grants')
      .set({ revoked_at: sql`now()` })
      .where('grant_id', '=', others[1]!.grant_id)
      .execute()
    t.same(await Promise.all(others.map(rotate)), [true, false, true])
    await db
      .updateTable('users')
      .set({ disabled_at: sql`now()` })
      .execute()
    t.equal(await rotate(last!), false)
    t.equal((await db.selectFrom('oauth_tokens').select('token_id').execute()).length, 4 + 2)
    t.equal(
      (
        await db
          .selectFrom('audit_logs')
          .select('id')
          .where('action', '=', 'oauth.token.refreshed')
          .execute()
      ).length,
      2
    )
  }
)

t.test(
  'a token that another transaction has in hand waits for that, and the others do not',
  { skip: !onPostgres && 'the embedded database has one session' },
  async (t) => {
    const { db, presented, rotate } = await tokens(t, 3)
    const emitter = new EventEmitter()
    const holding = once(emitter, 'holding')
    const transaction = db.transaction().execute(async (trx) => {
      await trx
        .updateTable('oauth_tokens')
        .set({ access_token_revoked_at: sql`now()` })
        .where('token_id', '=', presented[1]!.token_id)
        .execute()
      emitter.emit('holding')
      await once(emitter, 'release')
    })
    await holding
    const settled: Array<boolean | undefined> = [undefined, undefined, undefined]
    const all = presented.map(async (row, i) => {
      settled[i] = await rotate(row)
    })
    await Promise.all([all[0], all[2]])
    await sleep(100)
    t.same(settled, [true, undefined, true])
    emitter.emit('release')
    await Promise.all([transaction, ...all])
    t.same(settled, [true, true, true], 'it was changed, but not spent')
  }
)
