import t from 'tap'
import { people } from '../caller.ts'
import { keys, store } from './search.ts'

t.test('a question in plain words finds the memory that answers it first', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, {
    color: 'my favorite color is blue',
    deploy: 'We deploy the API on Fridays with a canary release',
    dog: "Ada's dog is called Bertha and she likes long walks",
    paint: 'the house was painted in another color last year',
    food: 'I do not eat fish'
  })
  t.equal(
    (
      await keys(ada!, 'So tell me, what might be the favorite color of the person you talk to?')
    )[0],
    'color',
    'most of these words are in no memory'
  )
  t.equal(
    (await keys(ada!, 'When do we usually do our deployments?'))[0],
    'deploy',
    'word forms are one'
  )
  t.equal((await keys(ada!, "what's the name of the dog?"))[0], 'dog')
  t.same(await keys(ada!, 'quantum chromodynamics'), [])

  const { answer, text } = await ada!.call('memory_search', { query: 'favorite color?', k: 1 })
  t.match(answer, {
    search_mode: 'lexical',
    results: [
      {
        key: 'color',
        agent_name: 'global',
        value: 'my favorite color is blue',
        snippet: 'my **favorite** **color** is blue',
        matched: ['words'],
        why: 'has favorite, color'
      }
    ]
  })
  t.equal(answer.results.length, 1)
  t.ok(answer.results[0].score > 0)
  t.match(text, /my favorite color is blue/)
})

t.test('better matches come before weaker ones, equal ones by their last change', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, { first: 'apple', second: 'apple', third: 'apple pear', fourth: 'pear' })
  t.same((await keys(ada!, 'apple')).slice(0, 2), ['second', 'first'])
  await ada!.call('memory_update', { key: 'first', importance: 1 })
  t.same((await keys(ada!, 'apple')).slice(0, 2), ['first', 'second'])
  t.equal((await keys(ada!, 'apple pear'))[0], 'third')
  const { results } = (await ada!.call('memory_search', { query: 'apple pear' })).answer
  t.same(
    results,
    [...results].sort((a: { score: number }, b: { score: number }) => b.score - a.score)
  )
})

t.test('a query without words gets an empty answer that says why', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, { k: 'something', 'who-am-i': 'Ada' })
  for (const query of ['', '   ', '?!… --- ()', '\u200b\ufe0f']) {
    t.match((await ada!.call('memory_search', { query })).answer, {
      results: [],
      search_mode: 'lexical',
      reason: /no words/
    })
    t.same((await ada!.call('search', { query })).answer, { results: [] })
  }
  t.match((await ada!.call('memory_search', { query: 'nowhere' })).answer, {
    results: [],
    reason: /No memory contains/
  })
  t.equal(
    (await keys(ada!, 'who am I?'))[0],
    'who-am-i',
    'common words are asked for when there is nothing else'
  )
})

t.test(
  'filters come before the ranking, and all namespaces are searched without one',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await store(ada!, { a: 'tea', b: 'tea tea tea' })
    await store(
      ada!,
      { c: 'tea' },
      { agent_name: 'thread_1', tags: ['x', 'y'], type: 'fact', session_id: 's1' }
    )
    t.same((await keys(ada!, 'tea')).sort(), ['a', 'b', 'c'])
    t.same(await keys(ada!, 'tea', { agent_name: 'thread_1' }), ['c'])
    t.same(await keys(ada!, 'tea', { tags: ['x', 'y'], k: 1 }), ['c'])
    t.same(await keys(ada!, 'tea', { tags: '["x"]', type: 'fact', k: '1' }), ['c'])
    t.same(await keys(ada!, 'tea', { tags: ['x', 'z'] }), [])
    t.match(await ada!.refusal('memory_search', { query: 'tea', k: 101 }), /k must be <= 100/)
  }
)

t.test('values of 1 MiB of any kind are stored, found and answered cut', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const mebibyte = 1_048_576
  const values = {
    prose:
      'the quick brown fox jumps over the lazy dog. '.repeat(24_000).slice(0, mebibyte - 20) +
      ' needle in haystack',
    unbroken: 'x'.repeat(mebibyte),
    japanese: '色'.repeat(mebibyte),
    dashes: 'a-'.repeat(mebibyte / 2),
    quotes: '"\\'.repeat(mebibyte / 2),
    humps: 'Ab'.repeat(mebibyte / 2)
  }
  for (const [key, value] of Object.entries(values)) {
    const stored = await ada!.call('memory_store', { key, value })
    const recalled = await ada!.call('memory_recall', { key })
    for (const { answer, text } of [stored, recalled]) {
      t.equal(answer.truncated, true)
      t.ok(value.startsWith(answer.value))
      t.ok(
        JSON.stringify({ content: [{ type: 'text', text }], structuredContent: answer }).length <
          150_000
      )
    }
  }
  t.same(await keys(ada!, 'needle haystack'), ['prose'])
  for (const query of ['fox 色 quick', '色', 'prose unbroken japanese dashes quotes humps']) {
    const { answer, text } = await ada!.call('memory_search', { query, k: 100 })
    t.ok(answer.results.length > 0)
    t.ok(
      JSON.stringify({ content: [{ type: 'text', text }], structuredContent: answer }).length <
        150_000
    )
  }
})

t.test('a query of 10,000 characters is answered like a short one', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, { color: 'my favorite color is blue', other: 'something else' })
  const long = Array.from({ length: 1500 }, (_, i) => `word${i}`)
    .join(' ')
    .slice(0, 9970)
  t.same(await keys(ada!, `${long} favorite color blue`), ['color'])
  t.same(await keys(ada!, '色'.repeat(10_000)), [])
})
