import t from 'tap'
import type { Db } from '../../../db/connection/connect.ts'
import { findMemoryUsage, recountMemoryUsage } from '../../../db/memory/usage.ts'
import { tidyMemories } from '../../../domain/memory/expiry.ts'
import { RESTORABLE_DAYS } from '../../../domain/memory/restore.ts'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { type Caller, expire, people } from '../caller.ts'

/** Counts the rows themselves. */
async function stored(db: Db, { user_id: userId }: Caller) {
  const rows = async (table: 'memories' | 'memory_versions') =>
    db.selectFrom(table).select('value').where('user_id', '=', userId).execute()
  const [memories, versions] = [await rows('memories'), await rows('memory_versions')]
  return {
    memories: memories.length,
    bytes: [...memories, ...versions].reduce((sum, { value }) => sum + Buffer.byteLength(value), 0)
  }
}

const source = { kind: 'api_key', name: 'small', key_id: 'k2' } as const

t.test(
  'a thousand stores of one person at once are all there, on new keys and on few',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    const values = Array.from({ length: 1000 }, (_, i) => ({
      key: i % 2 ? `own-${i}` : `shared-${i % 20}`,
      value: `value ${i}`
    }))
    const answers = await Promise.all(values.map((args) => ada!.call('memory_store', args)))
    t.equal(answers.filter(({ answer }) => answer.created).length, 510)
    t.match(await stored(db, ada!), { memories: 510 })
    const kept = await db
      .selectFrom('memory_versions')
      .select('value')
      .where('user_id', '=', ada!.user_id)
      .execute()
    const present = await db
      .selectFrom('memories')
      .select('value')
      .where('user_id', '=', ada!.user_id)
      .execute()
    t.same(
      [...kept, ...present].map(({ value }) => value).toSorted(),
      values.map(({ value }) => value).toSorted(),
      'nothing is lost, not even what was overwritten'
    )
    t.same(await findMemoryUsage(db, ada!.user_id), await stored(db, ada!))
  }
)

t.test('usage is counted through every kind of write', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'a', value: 'äöü' })
  await ada!.call('memory_store', { key: 'a', value: 'longer than before' })
  await ada!.call('memory_update', { key: 'a', tags: ['x'] })
  await ada!.call('memory_feedback', { key: 'a', label: 'useful' })
  for (const key of ['b', 'c']) {
    await ada!.call('memory_store', { key, value: key })
    await expire(db, ada!, key)
  }
  await ada!.call('memory_store', { key: 'b', value: 'b2' })
  await ada!.call('memory_delete', { key: 'a' })
  await ada!.call('memory_restore', { key: 'a' })
  await ada!.call('memory_restore', { key: 'a', version: 1 })
  await ada!.refusal('memory_recall', { key: 'c' })
  t.same(await findMemoryUsage(db, ada!.user_id), await stored(db, ada!))
  await tidyMemories(db)
  t.same(await findMemoryUsage(db, ada!.user_id), await stored(db, ada!))
  t.equal((await stored(db, ada!)).memories, 2)
  await ada!.call('memory_delete', { key: 'a' })
  await db
    .updateTable('memory_versions')
    .set({ updated_at: new Date('2001-01-01') })
    .where('user_id', '=', ada!.user_id)
    .where('deleted', '=', true)
    .execute()
  await tidyMemories(db)
  t.same(await findMemoryUsage(db, ada!.user_id), { memories: 1, bytes: 2 })
  t.same(await stored(db, ada!), { memories: 1, bytes: 2 })
})

t.test(
  'maintenance deletes what has expired, purges it after thirty days, and keeps the rest',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'over', value: 'v' })
    await expire(db, ada!, 'over')
    await ada!.call('memory_store', { key: 'later', value: 'v', expires_at: '2999-01-01' })
    await ada!.call('memory_store', { key: 'revived', value: 'v' })
    await ada!.call('memory_delete', { key: 'revived' })
    await ada!.call('memory_restore', { key: 'revived' })
    await tidyMemories(db)
    t.same(
      (
        await db
          .selectFrom('memories')
          .select('key')
          .where('user_id', '=', ada!.user_id)
          .orderBy('key')
          .execute()
      ).map(({ key }) => key),
      ['later', 'revived']
    )
    t.match((await ada!.call('memory_history', { key: 'over' })).answer.versions, [
      { deleted: true, written_with: 'expiry', version: 2 },
      { value: 'v', version: 1 }
    ])
    const { answer } = await ada!.call('memory_restore', { key: 'over' })
    t.match(
      answer,
      { value: 'v', expires_at: undefined },
      'it comes back without the end that has passed'
    )
    await ada!.call('memory_delete', { key: 'over' })

    await db
      .updateTable('memory_versions')
      .set({ updated_at: new Date(Date.now() - 31 * 86_400_000) })
      .where('user_id', '=', ada!.user_id)
      .where('deleted', '=', true)
      .execute()
    await tidyMemories(db)
    t.match(await ada!.refusal('memory_history', { key: 'over' }), /Nothing was ever stored/)
    t.equal((await ada!.call('memory_history', { key: 'revived' })).answer.count, 3)
  }
)

t.test(
  'a used-up quota refuses what would add to it, in words that help, and changes nothing',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    const few = ada!.as(source, { memories: 2, bytes: 1000 })
    await few.call('memory_store', { key: 'a', value: 'a' })
    await few.call('memory_store', { key: 'b', value: 'b' })
    t.match(
      await few.refusal('memory_store', { key: 'c', value: 'c' }),
      /quota of 2 memories is used up\. Delete/
    )
    t.match(
      (await few.call('memory_store', { key: 'a', value: 'instead' })).answer,
      { created: false },
      'to change one is no more memories'
    )
    await few.call('memory_delete', { key: 'b' })
    await few.call('memory_store', { key: 'c', value: 'c' })
    t.match(await few.refusal('memory_restore', { key: 'b' }), /quota of 2 memories/)

    const before = await stored(db, ada!)
    for (const [name, args] of [
      ['memory_store', { key: 'a', value: 'x'.repeat(1000) }],
      ['memory_update', { key: 'a', value: 'x'.repeat(1000) }]
    ] as const) {
      const refusal = await few.refusal(name, args)
      t.match(refusal, /quota of 1000 bytes for memories and their former versions is used up/)
      t.match(refusal, `deleted memories count for ${RESTORABLE_DAYS} days.`)
    }
    t.same(await stored(db, ada!), before)
    t.same(await findMemoryUsage(db, ada!.user_id), before)
  }
)

t.test(
  'what is stored while usage is counted anew counts once',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const {
      db,
      settings,
      callers: [ada]
    } = await people('ada')
    const [holder, watcher] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    await holder.query(
      'insert into memory_usage (user_id, shard, memories, bytes) values ($1, 3, 0, 0)',
      [ada!.user_id]
    )
    await holder.query('begin')
    await holder.query('select from memory_usage where user_id = $1 for update', [ada!.user_id])
    const counted = db.transaction().execute((trx) => recountMemoryUsage(trx, ada!.user_id))
    await untilWaiting(watcher)
    await watcher.query(
      `with stored as (
         insert into memories (user_id, agent_name, key, value, source)
         values ($1, 'global', 'k', 'v', '{"kind": "api_key", "name": "x"}'))
       insert into memory_usage (user_id, shard, memories, bytes) values ($1, 7, 1, 1)`,
      [ada!.user_id]
    )
    await holder.query('commit')
    await counted
    t.same(await findMemoryUsage(db, ada!.user_id), { memories: 1, bytes: 1 })
  }
)
