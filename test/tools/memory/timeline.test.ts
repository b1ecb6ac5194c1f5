import t from 'tap'
import { people } from '../caller.ts'
import { keysIn } from './search.ts'

t.test('the timeline goes by when things happened, else by when they were stored', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', {
    key: 'wedding',
    value: 'v',
    occurred_at: '2019-05-04T14:00:00Z',
    type: 'event'
  })
  await ada!.call('memory_store', {
    key: 'party',
    value: 'v',
    occurred_at: '2019-05-04T23:30:00Z',
    type: 'normal',
    metadata: { type: 'Big Event' }
  })
  await ada!.call('memory_store', {
    key: 'morning after',
    value: 'v',
    occurred_at: '2019-05-05T08:00:00Z'
  })
  await ada!.call('memory_store', { key: 'today', value: 'v' })
  await ada!.call('memory_store', { key: 'planned', value: 'v', occurred_at: '2999-01-01' })
  await ada!.call('memory_store', { key: 'days ago', value: 'v' })
  await db
    .updateTable('memories')
    .set({ created_at: new Date(Date.now() - 3 * 86_400_000) })
    .where('user_id', '=', ada!.user_id)
    .where('key', '=', 'days ago')
    .execute()
  const on = async (range: string, more = {}) =>
    keysIn(await ada!.call('memory_timeline', { time_range: range, ...more }))
  t.same(await on('last_24h'), ['today'])
  t.same(await on('last_week'), ['today', 'days ago'])
  t.same(await on('2019-05-04'), ['party', 'wedding'])
  t.same(await on('2019-05-04:2019-05-05'), ['morning after', 'party', 'wedding'])
  t.same(await on('2019-05-04T20:00Z/2019-05-05T09:00:00+00:00'), ['morning after', 'party'])
  t.same(await on('2019-05-04/2019-05-04', { event_type: 'EVENT' }), ['party', 'wedding'])
  t.same(await on('2019-05-05T00:00Z', { k: 2 }), ['today', 'days ago'])
  t.same(await on('2999-01-01'), ['planned'])
  t.same(await on('2019-05-04', { agent_name: 'thread_1' }), [])
  const { answer } = await ada!.call('memory_timeline', { time_range: '2019-05-04' })
  t.match(answer, {
    found: 2,
    time_range: {
      start: '2019-05-04T00:00:00.000Z',
      end: '2019-05-05T00:00:00.000Z',
      query: '2019-05-04'
    },
    results: [{ timestamp: '2019-05-04T23:30:00.000Z' }, {}]
  })
  for (const wrong of ['soon', '2019-13-01', '2019-05-05:2019-05-04', 'a/b/c', '/']) {
    t.match(
      await ada!.refusal('memory_timeline', { time_range: wrong }),
      /time_range is not understood: ".*Say for example today/,
      wrong
    )
  }
})

t.test(
  'a timeline says how many there are of that time, and shows them all page by page',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (let i = 0; i < 7; i++) {
      await ada!.call('memory_store', {
        key: `k${i}`,
        value: 'v',
        occurred_at: `2026-11-28T10:0${i >> 1}:00Z`
      })
    }
    const pages: string[][] = []
    for (let cursor: string | undefined, count = 0; count < 5; count++) {
      const { answer, text } = await ada!.call('memory_timeline', {
        time_range: '2026-11-28',
        k: 3,
        cursor
      })
      t.equal(answer.found, 7)
      if (count === 0) {
        t.match(
          text,
          new RegExp(
            '^3 of 7 memories, 2026-11-28 00:00 to 2026-11-29 00:00 \\(UTC\\), newest first:' +
              '[^]*These are 3 of 7\\. For the next page call again with cursor '
          )
        )
      }
      pages.push(answer.results.map(({ key }: { key: string }) => key))
      if (!(cursor = answer.next_cursor)) break
    }
    t.same(
      pages.map(({ length }) => length),
      [3, 3, 1]
    )
    t.same(
      pages.flat().sort(),
      ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'],
      'none twice, none left out, though some are of one instant'
    )
  }
)
