import { sql } from 'kysely'
import t from 'tap'
import {
  clearToolCalls,
  deleteOldToolCalls,
  insertToolCalls,
  type NewToolCall
} from '../../../db/audit/tool-calls.ts'
import { lockUser } from '../../../db/people/users.ts'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { kaguraJson } from '../../cli/command.ts'
import { people } from '../caller.ts'

const noted = (userId: string, began = performance.now()): NewToolCall => ({
  user_id: userId,
  tool: 'memory_store',
  groups: ['memory'],
  source: { kind: 'api_key', name: 'k' },
  via: 'mcp',
  duration_ms: 1,
  outcome: 'ok',
  arguments: { key: 'secret' },
  said: null,
  began
})

t.test(
  'a purge and the end of an account reach the history, and what is still on its way to it',
  async (t) => {
    const {
      db,
      settings,
      callers: [ada, bob]
    } = await people('ada', 'bob')
    const note = (userId: string, ageMs = 0) =>
      insertToolCalls(db, [noted(userId, performance.now() - ageMs)])
    const count = async (userId: string) =>
      (await db.selectFrom('tool_calls').select('call_no').where('user_id', '=', userId).execute())
        .length
    const purge = (...which: string[]) =>
      kaguraJson(settings, ['memory', 'purge', '--yes', '--user', ada!.email, ...which])
    await ada!.call('memory_store', { key: 'secret', value: 'v' })
    for (const caller of [ada!, ada!, bob!]) await note(caller.user_id)
    t.match(await purge('--history'), { memories: 0, versions: 0, calls: 2 })
    await note(ada!.user_id, 60_000)
    t.equal(await count(ada!.user_id), 0, 'a call of before the purge, written after it')
    await note(ada!.user_id)
    t.match(await purge('--key', 'secret'), { memories: 1, calls: 1 })
    t.same([await count(ada!.user_id), await count(bob!.user_id)], [0, 1])
    await db.deleteFrom('users').where('user_id', '=', bob!.user_id).execute()
    await note(bob!.user_id)
    t.equal(await count(bob!.user_id), 0)
  }
)

t.test(
  'a clearing also covers calls from before it that are still waiting to be written',
  async (t) => {
    const {
      db,
      settings,
      callers: [ada]
    } = await people('ada')
    const operator = await databaseClient(t, settings)
    const call = noted(ada!.user_id)
    const { written } = await db.transaction().execute(async (trx) => {
      await clearToolCalls(trx, ada!.user_id)
      const written = insertToolCalls(db, [call])
      if (onPostgres) await untilWaiting(operator)
      return { written }
    })
    await written
    t.same(
      await db
        .selectFrom('tool_calls')
        .select('tool')
        .where('user_id', '=', ada!.user_id)
        .execute(),
      []
    )
  }
)

const skip = !onPostgres && 'the embedded database does one thing after the other'

t.test('a clearing waits for what is being written, and takes it', { skip }, async (t) => {
  const {
    db,
    settings,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  const [operator, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
  await operator.query('begin')
  // A write waits for an account that is being deleted.
  await operator.query('select from users where user_id = $1 for update', [bob!.user_id])
  const written = insertToolCalls(db, [noted(ada!.user_id), noted(bob!.user_id)])
  await untilWaiting(watch)
  const cleared = db.transaction().execute((trx) => clearToolCalls(trx, ada!.user_id))
  await untilWaiting(watch, 2)
  await operator.query('commit')
  await written
  t.equal(await cleared, 1)
})

t.test('an undo of one user does not delay the recorded calls of others', { skip }, async (t) => {
  const {
    db,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  await db.transaction().execute(async (trx) => {
    await lockUser(trx, ada!.user_id)
    await insertToolCalls(db, [noted(ada!.user_id), noted(bob!.user_id)])
  })
  t.equal(
    (
      await db
        .selectFrom('tool_calls')
        .select('tool')
        .where('user_id', 'in', [ada!.user_id, bob!.user_id])
        .execute()
    ).length,
    2
  )
})

t.test('what is older than its days is forgotten, a thousand of each person at once', async (t) => {
  const {
    db,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  const made = (userId: string, days: number) => ({
    user_id: userId,
    tool: 'search',
    groups: ['memory'],
    source: '{}',
    via: 'mcp' as const,
    duration_ms: 1,
    outcome: 'ok' as const,
    arguments: '{}',
    called_at: sql<Date>`now() - make_interval(secs => ${days * 86400})`
  })
  await db
    .insertInto('tool_calls')
    .values([
      ...Array.from({ length: 5 }, () => made(ada!.user_id, 31)),
      made(ada!.user_id, 29.9),
      made(bob!.user_id, 40),
      made(bob!.user_id, 0)
    ])
    .execute()
  t.equal(await deleteOldToolCalls(db, 30, 3), 4)
  t.equal(await deleteOldToolCalls(db, 30, 3), 2)
  t.equal(await deleteOldToolCalls(db, 30, 3), 0)
  t.equal(await db.transaction().execute((trx) => clearToolCalls(trx, ada!.user_id)), 1)
})
