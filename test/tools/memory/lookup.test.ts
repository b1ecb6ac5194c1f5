import t from 'tap'
import { similarity } from '../../../tools/memory/similarity.ts'
import { people } from '../caller.ts'

const keysIn = ({ answer }: { answer: any }) =>
  answer.results.map(({ key }: { key: string }) => key)

t.test(
  'memory_search_ids finds what memory_search finds, short, with ids that can be fetched',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', {
      key: 'long',
      value: `the lighthouse ${'of the north '.repeat(50)}`
    })
    await ada!.call('memory_store', {
      key: 'short',
      value: 'a lighthouse 🗼',
      agent_name: 'thread_1'
    })
    const found = await ada!.call('memory_search_ids', { query: 'where is the lighthouse?' })
    t.same(
      keysIn(found),
      keysIn(await ada!.call('memory_search', { query: 'where is the lighthouse?' }))
    )
    for (const { id, key, preview } of found.answer.results) {
      t.ok([...preview].length <= 51)
      t.match((await ada!.call('memory_fetch', { id })).answer, { key })
    }
    t.same(
      keysIn(await ada!.call('memory_search_ids', { query: 'lighthouse', agent_name: 'thread_1' })),
      ['short']
    )
    t.same((await ada!.call('memory_search_ids', { query: '?!' })).answer.results, [])
  }
)

t.test('memory_fetch is memory_recall, and counts the use', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v', tags: ['a'] })
  t.same(
    (await ada!.call('memory_fetch', { key: 'k' })).answer,
    (await ada!.call('memory_recall', { key: 'k' })).answer
  )
  t.equal(
    (
      await db
        .selectFrom('memories')
        .select('access_count')
        .where('user_id', '=', ada!.user_id)
        .executeTakeFirstOrThrow()
    ).access_count,
    2
  )
  t.match(await ada!.refusal('memory_fetch', { key: 'x' }), /^No memory under key "x"/)
  t.match(await ada!.refusal('memory_fetch', { id: 'x' }), /^No memory with the id "x"/)
  t.match(await ada!.refusal('memory_fetch', {}), /Give the key of the memory, or its id/)
})

t.test('a long value comes back whole, part by part, each part a proper answer', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const value = Array.from({ length: 16_000 }, (_, i) => `line ${i} "quoted"\t🗼\n`)
    .join('')
    .slice(0, 400_000)
  await ada!.call('memory_store', { key: 'book', value })
  const [{ id }] = (await ada!.call('memory_search_ids', { query: 'quoted' })).answer.results
  const parts: string[] = []
  for (let offset: number | undefined = 0; offset !== undefined;) {
    const { answer, text }: { answer: any; text: string } = await ada!.call(
      'memory_get_full_document',
      { parent_id: offset === 0 ? 'book' : id, offset }
    )
    t.ok(JSON.stringify([answer, text]).length < 150_000)
    t.match(answer, { parent_id: id, key: 'book', total_characters: [...value].length })
    parts.push(answer.full_content)
    offset = answer.next_offset
  }
  t.ok(parts.length > 3)
  t.ok(parts.join('') === value)
  t.match(
    await ada!.refusal('memory_get_full_document', { parent_id: 'x' }),
    /No memory with the id "x"/
  )
  t.match(
    await ada!.refusal('memory_get_full_document', { parent_id: 'book', offset: 400_000 }),
    /beyond the end/
  )
})

t.test(
  'feedback moves the importance of its own memory within limits, is counted, and leaves the rest as it was',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'k', value: 'v', tags: ['a'], importance: 0.5 })
    await ada!.call('memory_store', {
      key: 'k',
      value: 'another',
      importance: 0.5,
      agent_name: 'thread_1'
    })
    const before = (await ada!.call('memory_recall', { key: 'k' })).answer
    const { answer } = await ada!.call('memory_feedback', { key: 'k', label: 'useful' })
    t.match(answer, {
      status: 'recorded',
      importance: { previous: 0.5, current: 0.6, delta: 0.1 },
      feedback: { useful: 1, irrelevant: 0, outdated: 0 }
    })
    t.same((await ada!.call('memory_recall', { key: 'k' })).answer, { ...before, importance: 0.6 })
    t.match(
      (await ada!.call('memory_feedback', { key: 'k', label: 'outdated', weight: '0.5' })).answer,
      { importance: { current: 0.55, delta: -0.05 }, feedback: { useful: 1, outdated: 1 } }
    )
    for (let i = 0; i < 6; i++) {
      await ada!.call('memory_feedback', { key: 'k', label: 'irrelevant' })
    }
    t.match((await ada!.call('memory_feedback', { key: 'k', label: 'irrelevant' })).answer, {
      importance: { previous: 0, current: 0, delta: 0 },
      feedback: { irrelevant: 7 }
    })
    t.equal(
      (await ada!.call('memory_recall', { key: 'k', agent_name: 'thread_1' })).answer.importance,
      0.5
    )
    t.match(await ada!.refusal('memory_feedback', { key: 'k', label: 'great' }), /label/)
    t.match(
      await ada!.refusal('memory_feedback', { key: 'x', label: 'useful' }),
      /No memory under key "x"/
    )
    await ada!.call('memory_store', { key: 'k', value: 'replaced' })
    t.match(
      await db
        .selectFrom('memories')
        .selectAll()
        .where('user_id', '=', ada!.user_id)
        .where('agent_name', '=', 'global')
        .executeTakeFirst(),
      { useful_count: 0, irrelevant_count: 0, outdated_count: 0 },
      'what replaces it has not been rated'
    )
  }
)

t.test('of feedback at the same instant every one counts', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v', importance: 0 })
  await Promise.all(
    Array.from({ length: 8 }, () => ada!.call('memory_feedback', { key: 'k', label: 'useful' }))
  )
  t.match((await ada!.call('memory_feedback', { key: 'k', label: 'useful' })).answer, {
    importance: { previous: 0.8, current: 0.9 },
    feedback: { useful: 9 }
  })
})

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
          /^3 of 7 memories, 2026-11-28 00:00 to 2026-11-29 00:00 \(UTC\), newest first:[^]*These are 3 of 7\. For the next page call again with cursor /
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

t.test('a similar key is recalled, the most similar first', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  for (const key of ['favorite_color', 'favourite-colour', 'favorite_food', 'shoe_size']) {
    await ada!.call('memory_store', { key, value: `about ${key}` })
  }
  const { answer } = await ada!.call('memory_fuzzy_recall', { key_pattern: 'favorite_colour' })
  t.same(
    answer.results.map(({ key }: { key: string }) => key),
    ['favorite_color', 'favourite-colour', 'favorite_food']
  )
  t.match(answer, {
    found: 3,
    similarity_threshold: 0.6,
    results: [{ value: 'about favorite_color', similarity: 0.9655 }, {}, {}]
  })
  t.same(
    keysIn(
      await ada!.call('memory_fuzzy_recall', {
        key_pattern: 'FAVORITE_COLOR',
        similarity_threshold: '1'
      })
    ),
    ['favorite_color']
  )
  t.same(
    keysIn(
      await ada!.call('memory_fuzzy_recall', {
        key_pattern: 'favorite',
        similarity_threshold: 0,
        k: 1
      })
    ),
    ['favorite_food']
  )
})

t.test('similarity is that of Ratcliff and Obershelp', async (t) => {
  for (const [one, other, wanted] of [
    ['abcd', 'bcde', 0.75],
    ['', '', 1],
    ['a', '', 0],
    ['same', 'SAME', 1],
    ['WIKIMEDIA', 'WIKIMANIA', 14 / 18],
    ['💙a', '💙b', 0.5]
  ] as const) {
    t.equal(similarity(one, other), wanted, `${one} ${other}`)
    t.equal(similarity(one, other, wanted), wanted, 'a limit that it reaches changes nothing')
  }
  t.equal(similarity('abcd', 'wxyz', 0.1), 0)
})
