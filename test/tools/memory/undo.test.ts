import t from 'tap'
import type { Db } from '../../../db/connection/connect.ts'
import type { WriterFilter } from '../../../db/connection/writers.ts'
import type { Source } from '../../../db/schema/index.ts'
import { undoMemoryChanges, UNDO_SOURCE } from '../../../domain/memory/undo.ts'
import { type Caller, expire, people } from '../caller.ts'

const app: Source = { kind: 'oauth', name: 'Careless', client_id: 'careless', grant_id: 'grant-7' }

function take(db: Db, caller: Caller, writer: WriterFilter, since: Date, options = {}) {
  return db
    .transaction()
    .execute((trx) => undoMemoryChanges(trx, caller.user_id, writer, since, options))
}

/**
 * Returns a user's present memories and search terms, without versions, writers and the numbers
 * that the search assigns.
 */
async function stateOf(db: Db, { user_id: userId }: Caller) {
  const rows = async (table: 'memories' | 'memory_postings') => {
    const tableRows = await db.selectFrom(table).selectAll().where('user_id', '=', userId).execute()
    return tableRows
      .map((row) =>
        JSON.stringify(
          Object.entries(row)
            .filter(
              ([name]) => !['version', 'written_at', 'written_by', 'memory_no'].includes(name)
            )
            .toSorted()
        )
      )
      .toSorted()
  }
  return { memories: await rows('memories'), postings: await rows('memory_postings') }
}

const versionsOf = (db: Db, { user_id: userId }: Caller) =>
  db
    .selectFrom('memory_versions')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('memory_id')
    .orderBy('version')
    .execute()

const keysOf = async (caller: Caller): Promise<string[]> =>
  (await caller.call('memory_list')).answer.memories.map(({ key }: { key: string }) => key)

/** Writes, overwrites, disguises, deletes and rates 200 memories as the careless app. */
async function workCarelessly(db: Db, ada: Caller, careless: Caller): Promise<void> {
  for (let i = 0; i < 70; i++) {
    await careless.call('memory_store', { key: `new-${i}`, value: `written ${i}` })
  }
  for (let i = 0; i < 40; i++) {
    await careless.call('memory_store', {
      key: `mine-${i}`,
      value: `overwritten ${i}`,
      expires_at: '2999-01-01'
    })
  }
  for (let i = 0; i < 40; i += 2) await expire(db, ada, `mine-${i}`)
  for (let i = 1; i < 20; i += 2) {
    await careless.call('memory_update', { key: `mine-${i}`, tags: ['changed', 'twice'] })
  }
  for (let i = 40; i < 60; i++) await careless.call('memory_delete', { key: `mine-${i}` })
  for (let i = 50; i < 60; i++) {
    await careless.call('memory_store', {
      key: `mine-${i}`,
      value: 'under a key that it had freed'
    })
  }
  for (let i = 0; i < 30; i++) {
    await careless.call('memory_update', { key: `its-${i}`, value: 'changed by the app itself' })
  }
  for (let i = 60; i < 70; i++) {
    await careless.call('memory_feedback', { key: `mine-${i}`, label: 'useful' })
  }
  for (let i = 60; i < 90; i++) {
    if (i >= 70) await careless.call('memory_delete', { key: `mine-${i}` })
  }
}

t.test(
  'one undo of 200 memories that an app wrote, changed and deleted restores the state before',
  async (t) => {
    const {
      db,
      callers: [ada, bob]
    } = await people('ada', 'bob')
    const careless = ada!.as(app)
    for (let i = 0; i < 90; i++) {
      await ada!.call('memory_store', {
        key: `mine-${i}`,
        value: `note ${i} of Ada`,
        tags: ['own'],
        importance: 0.3,
        metadata: { i },
        speaker: 'Ada'
      })
    }
    for (let i = 0; i < 60; i++) {
      await careless.call('memory_store', {
        key: `its-${i}`,
        value: `an earlier note ${i} of the app`
      })
    }
    await bob!.as(app).call('memory_store', { key: 'mine-1', value: 'of Bob' })
    await ada!.call('memory_recall', { key: 'mine-5' })
    const before = await stateOf(db, ada!)
    const since = new Date()
    await new Promise((resolve) => setTimeout(resolve, 5))

    await workCarelessly(db, ada!, careless)
    const kept = await versionsOf(db, ada!)

    const dry = await take(db, ada!, { client_id: 'careless' }, since, { dry: true })
    t.same(await versionsOf(db, ada!), kept, 'a dry run changes nothing')
    const done = await take(db, ada!, { client_id: 'careless' }, since)
    t.same(done, dry)
    t.same(done.conflicts, [])
    t.equal(done.undone.length, 70 + 10 + 90 + 30)
    t.same(await stateOf(db, ada!), before)
    const after = await versionsOf(db, ada!)
    const ids = new Set(after.map(({ memory_id: id, version }) => `${id} ${version}`))
    t.ok(
      kept.every(({ memory_id: id, version }) => ids.has(`${id} ${version}`)),
      'no version is lost'
    )
    t.match((await ada!.call('memory_history', { key: 'mine-1' })).answer.versions, [
      {
        present: true,
        value: 'note 1 of Ada',
        written_by: UNDO_SOURCE.name,
        written_with: 'command'
      },
      { value: 'overwritten 1', tags: ['changed', 'twice'], written_by: 'Careless' },
      { value: 'overwritten 1', tags: [], written_by: 'Careless' },
      { value: 'note 1 of Ada', written_by: 'key of ada' }
    ])
    t.same(
      await take(db, ada!, { client_id: 'careless' }, since),
      { undone: [], conflicts: [] },
      'a second undo finds nothing'
    )
    t.equal((await bob!.call('memory_recall', { key: 'mine-1' })).answer.value, 'of Bob')
  }
)

t.test('an undo can be undone', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  const since = new Date(0)
  await ada!.call('memory_store', { key: 'changed', value: 'by Ada' })
  await ada!.call('memory_store', { key: 'deleted', value: 'by Ada, too' })
  await ada!.as(app).call('memory_store', { key: 'changed', value: 'by the app' })
  await ada!.as(app).call('memory_store', { key: 'new', value: 'by the app' })
  await ada!.as(app).call('memory_delete', { key: 'deleted' })
  const before = await stateOf(db, ada!)
  t.equal((await take(db, ada!, { grant_id: 'grant-7' }, since)).undone.length, 3)
  t.notSame(await stateOf(db, ada!), before)
  t.match(await take(db, ada!, { name: UNDO_SOURCE.name }, since), {
    undone: { length: 3 },
    conflicts: { length: 0 }
  })
  t.same(await stateOf(db, ada!), before)
})

t.test('a later change by another writer is a conflict, and stays', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  const careless = ada!.as(app)
  await ada!.call('memory_store', { key: 'edited', value: 'first' })
  await ada!.call('memory_store', { key: 'edited twice', value: 'first' })
  await ada!.call('memory_store', { key: 'place', value: 'was here first' })
  for (const key of ['edited', 'edited twice']) {
    await careless.call('memory_store', { key, value: 'by the app' })
  }
  await careless.call('memory_store', { key: 'only by the app', value: 'v' })
  await careless.call('memory_delete', { key: 'place' })
  for (const key of ['edited', 'edited twice']) {
    await ada!.call('memory_update', { key, tags: ['Ada looked at it'] })
  }
  await ada!.call('memory_store', { key: 'place', value: 'took the key' })
  await careless.call('memory_store', { key: 'edited twice', value: 'by the app again' })

  const { undone, conflicts } = await take(db, ada!, { name: 'Careless' }, new Date(0))
  t.same(undone.map(({ key, change }) => [key, change]).toSorted(), [
    ['edited twice', 'reverted'],
    ['only by the app', 'deleted']
  ])
  t.match(Object.fromEntries(conflicts.map((conflict) => [conflict.key, conflict])), {
    edited: { changed_by: 'key of ada', reason: undefined },
    'edited twice': { changed_by: 'key of ada', reason: undefined },
    place: { reason: 'another memory has the key now', changed_by: undefined }
  })
  const recalled = async (key: string) => (await ada!.call('memory_recall', { key })).answer
  t.match(await recalled('edited'), { value: 'by the app', tags: ['Ada looked at it'] })
  t.match(await recalled('edited twice'), { value: 'by the app', tags: ['Ada looked at it'] })
  t.match(await recalled('place'), { value: 'took the key' })
})

t.test('only what that one wrote, of that one person, since that time is undone', async (t) => {
  const {
    db,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  const key = (id: string): Source => ({ kind: 'api_key', name: 'same name', key_id: id })
  await ada!.as(key('k1')).call('memory_store', { key: 'early', value: 'v' })
  const since = new Date()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await ada!.as(key('k1')).call('memory_store', { key: 'one', value: 'v' })
  await ada!.as(key('k2')).call('memory_store', { key: 'two', value: 'v' })
  await bob!.as(key('k1')).call('memory_store', { key: 'one', value: 'v' })
  t.match(await take(db, ada!, { key_id: 'k1' }, since), {
    undone: [{ key: 'one' }],
    conflicts: []
  })
  t.same((await keysOf(ada!)).toSorted(), ['early', 'two'])
  t.equal((await bob!.call('memory_list')).answer.count, 1)
})

t.test(
  'a deletion disguised as an expiry is undone; a memory that expired by itself stays away',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'k', value: 'v' })
    await ada!.as(app).call('memory_update', { key: 'k', expires_at: '2999-01-01' })
    await ada!.as(app).call('memory_store', { key: 'short', value: 'v', expires_at: '2999-01-01' })
    for (const key of ['k', 'short']) await expire(db, ada!, key)
    await ada!.refusal('memory_delete', { key: 'k' }) // makes it a deletion
    t.match((await ada!.call('memory_history', { key: 'k' })).answer.versions, [
      { deleted: true, written_with: 'expiry' },
      {},
      {}
    ])
    await take(db, ada!, { client_id: 'careless' }, new Date(0))
    t.same(await keysOf(ada!), ['k'])
  }
)

t.test('an undo that fails on the way changes nothing', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  for (let i = 0; i < 5; i++) await ada!.as(app).call('memory_store', { key: `k${i}`, value: 'v' })
  const before = await stateOf(db, ada!)
  await t.rejects(
    db.transaction().execute(async (trx) => {
      t.equal(
        (await undoMemoryChanges(trx, ada!.user_id, { client_id: 'careless' }, new Date(0))).undone
          .length,
        5
      )
      throw new Error('the power fails')
    }),
    /power/
  )
  t.same(await stateOf(db, ada!), before)
})

t.test(
  'undos among writes that go on end, and what was written before them is undone',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    const careless = ada!.as(app)
    for (let i = 0; i < 20; i++) await ada!.call('memory_store', { key: `k${i}`, value: 'of Ada' })
    for (let i = 0; i < 40; i++) {
      await careless.call('memory_store', { key: `k${i}`, value: 'of the app' })
    }
    const busy = Array.from({ length: 60 }, async (_, i) => {
      if (i % 15 === 7) return take(db, ada!, { client_id: 'careless' }, new Date(0))
      if (i % 3 === 0) return careless.call('memory_delete', { key: `k${i % 20}` }).catch(() => {})
      return careless.call('memory_store', { key: `k${i % 45}`, value: `of the app ${i}` })
    })
    await Promise.all(busy)
    await take(db, ada!, { client_id: 'careless' }, new Date(0))
    const { memories } = (await ada!.call('memory_list', { limit: 100 })).answer
    t.same(
      memories.map(({ key, value }: { key: string; value: string }) => [key, value]).toSorted(),
      Array.from({ length: 20 }, (_, i) => [`k${i}`, 'of Ada']).toSorted()
    )
  }
)
