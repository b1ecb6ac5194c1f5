import t from 'tap'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { type Caller, people } from '../caller.ts'

const history = async (caller: Caller, args: object) =>
  (await caller.call('memory_history', args)).answer.versions

t.test('every write keeps what the memory was before, with who and when', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', {
    key: 'city',
    value: 'Paris',
    tags: ['home'],
    importance: 0.9,
    metadata: { since: 2020 }
  })
  await ada!
    .as({ kind: 'oauth', name: 'ChatGPT', client_id: 'c1', grant_id: 'g1' })
    .call('memory_store', { key: 'city', value: 'Berlin' })
  await ada!.call('memory_update', { key: 'city', tags: ['capital'] })
  await ada!.call('memory_delete', { key: 'city' })
  const versions = await history(ada!, { key: 'city' })
  t.match(versions, [
    {
      version: 4,
      deleted: true,
      present: false,
      value: '',
      written_by: 'key of ada',
      written_with: 'api_key'
    },
    {
      version: 3,
      deleted: false,
      present: false,
      value: 'Berlin',
      tags: ['capital'],
      written_by: 'key of ada'
    },
    {
      version: 2,
      deleted: false,
      present: false,
      value: 'Berlin',
      tags: [],
      written_by: 'ChatGPT',
      written_with: 'oauth'
    },
    {
      version: 1,
      deleted: false,
      present: false,
      value: 'Paris',
      tags: ['home'],
      importance: 0.9,
      written_by: 'key of ada'
    }
  ])
  t.equal(versions.length, 4)
  const times = versions.map(({ written_at: at }: { written_at: string }) => at)
  t.same(times, times.toSorted().reverse())
  t.match(
    await ada!.refusal('memory_history', { key: 'nothing' }),
    /Nothing was ever stored under key "nothing".*memory_list/
  )
  t.match(await ada!.refusal('memory_history', {}), /Give the key/)
})

t.test('the history comes in pages, and long values cut', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  for (let i = 0; i < 7; i++) {
    await ada!.call('memory_store', { key: 'k', value: `${i}${'x'.repeat(3000)}` })
  }
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const { answer } = await ada!.call('memory_history', {
      key: 'k',
      limit: 3,
      ...(cursor && { cursor })
    })
    for (const { value, truncated } of answer.versions) {
      t.equal(truncated, true)
      seen.push(value[0])
    }
    cursor = answer.next_cursor
  } while (cursor)
  t.same(seen, ['6', '5', '4', '3', '2', '1', '0'])
  t.match(await ada!.refusal('memory_history', { key: 'k', cursor: 'x' }), /cursor is not valid/)
})

t.test(
  'an earlier version comes back whole, is found again, and what it replaced can come back, too',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', {
      key: 'k',
      value: 'a zebra',
      tags: ['animal'],
      importance: 0.7,
      type: 'fact',
      metadata: { a: 1 },
      session_id: 's',
      speaker: 'Ada',
      occurred_at: '2026-01-02',
      expires_at: '2999-01-01'
    })
    const { updated_at: _, ...first } = (await ada!.call('memory_recall', { key: 'k' })).answer
    await ada!.call('memory_store', { key: 'k', value: 'a tulip' })
    const { updated_at: __, ...restored } = (
      await ada!.call('memory_restore', { key: 'k', version: 1 })
    ).answer
    t.same(restored, first)
    const keys = async (query: string) =>
      (await ada!.call('memory_search', { query })).answer.results.map(
        ({ key }: { key: string }) => key
      )
    t.same(await keys('zebra'), ['k'])
    t.same(await keys('tulip'), [])
    t.match((await ada!.call('memory_restore', { key: 'k', version: 2 })).answer, {
      value: 'a tulip',
      tags: []
    })
    t.match(
      (await ada!.call('memory_restore', { key: 'k', version: 4 })).answer,
      { value: 'a tulip' },
      'the version that it has already'
    )
    t.equal((await history(ada!, { key: 'k' })).length, 4)
    t.match(
      await ada!.refusal('memory_restore', { key: 'k' }),
      /is not deleted.*number of a version/
    )
    t.match(await ada!.refusal('memory_restore', { key: 'k', version: 9 }), /has no version 9/)
  }
)

t.test('a deleted memory comes back by its key, with its id and its uses', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'a walnut' })
  const [{ id }] = (await ada!.call('search', { query: 'walnut' })).answer.results
  const before = (await ada!.call('memory_recall', { key: 'k' })).answer
  await ada!.call('memory_delete', { key: 'k' })
  await ada!.refusal('fetch', { id })
  const { answer, text } = await ada!.call('memory_restore', { key: 'k' })
  t.match(answer, { value: 'a walnut', created_at: before.created_at })
  t.match(text, /Memory restored: "k"\. It says:\na walnut/)
  t.match((await ada!.call('fetch', { id })).answer, { text: 'a walnut' })
  t.equal((await ada!.call('search', { query: 'walnut' })).answer.results.length, 1)
  t.match(
    await ada!.refusal('memory_restore', { key: 'never' }),
    /no deleted memory under key "never"/
  )
})

t.test(
  'restoring a key takes the memory deleted last, an id any, and none replaces a present one',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (const value of ['one', 'two']) {
      await ada!.call('memory_store', { key: 'k', value })
      await ada!.call('memory_delete', { key: 'k' })
    }
    const versions = await history(ada!, { key: 'k' })
    t.same(
      versions.map(({ version, value }: { version: number; value: string }) => [version, value]),
      [
        [2, ''],
        [1, 'two'],
        [2, ''],
        [1, 'one']
      ]
    )
    const first = versions.at(-1).id
    t.match((await ada!.call('memory_restore', { key: 'k' })).answer, { value: 'two' })
    t.match(await ada!.refusal('memory_restore', { id: first }), /Another memory has its key/)
    await ada!.call('memory_delete', { key: 'k' })
    t.match((await ada!.call('memory_restore', { id: first })).answer, { value: 'one' })
  }
)

t.test('a deletion is final after thirty days', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v' })
  await ada!.call('memory_delete', { key: 'k' })
  const day = 24 * 3600_000
  const deletedAgo = (ms: number) =>
    db
      .updateTable('memory_versions')
      .set({ updated_at: new Date(Date.now() - ms) })
      .where('user_id', '=', ada!.user_id)
      .where('deleted', '=', true)
      .execute()
  await deletedAgo(30 * day + 1000)
  t.match(await ada!.refusal('memory_restore', { key: 'k' }), /no deleted memory/)
  await deletedAgo(30 * day - 60_000)
  t.match((await ada!.call('memory_restore', { key: 'k' })).answer, { value: 'v' })
})

t.test('restores and deletions of one memory at once leave one story', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v1' })
  await ada!.call('memory_store', { key: 'k', value: 'v2' })
  await Promise.all(
    Array.from({ length: 12 }, (_, i) => {
      if (i % 3 === 0) return ada!.call('memory_delete', { key: 'k' }).catch(() => {})
      return i % 3 === 1
        ? ada!.call('memory_restore', { key: 'k' }).catch(() => {})
        : ada!.call('memory_restore', { key: 'k', version: 1 }).catch(() => {})
    })
  )
  const versions = await history(ada!, { key: 'k' })
  t.equal(new Set(versions.map(({ id }: { id: string }) => id)).size, 1)
  t.same(
    versions.map(({ version }: { version: number }) => version),
    versions.map((_: unknown, i: number) => versions.length - i)
  )
})

t.test(
  'of two restores at one instant the second says what is',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const {
      settings,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'k', value: 'v' })
    await ada!.call('memory_delete', { key: 'k' })
    const [operator, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    await operator.query('begin')
    // A restore updates the usage last, so it waits here.
    await operator.query('lock table memory_usage in share mode')
    const first = ada!.call('memory_restore', { key: 'k' })
    await untilWaiting(watch)
    const second = ada!.refusal('memory_restore', { key: 'k' })
    await untilWaiting(watch, 2)
    await operator.query('commit')
    t.match((await first).answer, { key: 'k', value: 'v' })
    t.match(await second, /"k" in namespace "global" is not deleted/)
  }
)
