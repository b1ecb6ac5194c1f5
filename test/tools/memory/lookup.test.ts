import t from 'tap'
import { textSimilarity } from '../../../lib/similarity.ts'
import { people } from '../caller.ts'
import { keysIn } from './search.ts'

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
    const listed = await ada!.call('memory_search_ids', { query: 'where is the lighthouse?' })
    t.same(
      keysIn(listed),
      keysIn(await ada!.call('memory_search', { query: 'where is the lighthouse?' }))
    )
    for (const { id, key, preview } of listed.answer.results) {
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
    /no memory with the id "x"/
  )
  t.match(
    await ada!.refusal('memory_get_full_document', { parent_id: 'book', offset: 400_000 }),
    /beyond the end/
  )
})

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
  for (const [left, right, similarity] of [
    ['abcd', 'bcde', 0.75],
    ['', '', 1],
    ['a', '', 0],
    ['same', 'SAME', 1],
    ['WIKIMEDIA', 'WIKIMANIA', 14 / 18],
    ['💙a', '💙b', 0.5]
  ] as const) {
    t.equal(textSimilarity(left, right), similarity, `${left} ${right}`)
    t.equal(
      textSimilarity(left, right, similarity),
      similarity,
      'a limit that it reaches changes nothing'
    )
  }
  t.equal(textSimilarity('abcd', 'wxyz', 0.1), 0)
})
