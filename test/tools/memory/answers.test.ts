import t from 'tap'
import { asksForOverview } from '../../../domain/memory/overview.ts'
import { successorsFirst } from '../../../domain/memory/truth.ts'
import { people } from '../caller.ts'

t.test(
  'what supersedes a memory comes before it, and the old one is marked wherever it is shown',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const store = (key: string, value: string, agent_name?: string) =>
      ada!.call('memory_store', { key, value, ...(agent_name && { agent_name }) })
    await store('ss-new', 'We use Exa for web search')
    await store('ss-old', 'We use Jina for web search')
    await ada!.call('graph_link', { from: 'ss-new', to: 'ss-old', type: 'supersedes' })
    const { answer, text } = await ada!.call('memory_search', {
      query: 'which web search do we use'
    })
    t.match(answer.results, [
      { key: 'ss-new', superseded_by: undefined },
      { key: 'ss-old', superseded_by: 'ss-new' }
    ])
    t.match(text, /2\. ss-old \[global\] score [\d.]+ \(superseded by ss-new\)/)
    t.match(
      (await ada!.call('memory_search', { query: 'web search', k: 1 })).answer.results,
      [{ key: 'ss-new' }],
      'with one result, too'
    )
    t.match((await ada!.call('memory_recall', { key: 'ss-old' })).text, /- superseded_by: ss-new/)
    t.match((await ada!.call('memory_list')).text, /ss-old \[global\] \(superseded by ss-new\)/)
    t.match(
      (await ada!.call('memory_timeline', { time_range: 'last_day' })).text,
      /ss-old \[global\] \(superseded by ss-new\)/
    )
    t.match((await ada!.call('search', { query: 'web search' })).answer.results, [
      { title: /^ss-new/ },
      { title: /\(superseded by ss-new\)$/ }
    ])
    await ada!.call('graph_unlink', { from: 'ss-new', to: 'ss-old' })
    t.notOk(
      (await ada!.call('memory_recall', { key: 'ss-old' })).answer.superseded_by,
      'an ended link counts no more'
    )

    await store('works', 'Ada works in Oslo', 'work')
    await ada!.call('graph_link', {
      from: 'ss-new',
      to: (await ada!.call('memory_search_ids', { query: 'Oslo' })).answer.results[0].id,
      type: 'contradicts'
    })
    t.same((await ada!.call('memory_recall', { key: 'ss-new' })).answer.contradicts, [
      'works [work]'
    ])
    t.same(
      (await ada!.call('memory_recall', { key: 'works', agent_name: 'work' })).answer.contradicts,
      ['ss-new [global]'],
      'in both directions'
    )
  }
)

t.test('successors move up in chains, and a circle of links ends', async (t) => {
  const ranking = [1, 2, 3, 4].map((memory_no) => ({ memory_no, score: 10 - memory_no }))
  const order = (links: Array<[number, number[]]>) =>
    successorsFirst(ranking, new Map(links)).map(({ memory_no: no }) => no)
  t.same(
    order([
      [1, [3]],
      [3, [4]]
    ]),
    [4, 3, 1, 2]
  )
  t.same(
    order([
      [1, [2]],
      [2, [1]]
    ]),
    [2, 1, 3, 4]
  )
  t.same(order([[1, [99]]]), [1, 2, 3, 4], 'a successor that was not found stays out')
  const scores = successorsFirst(ranking, new Map([[1, [4]]])).map(({ score }) => score)
  t.same(
    scores,
    scores.toSorted((a, b) => b - a)
  )
})

t.test('an empty answer says which filter emptied it, and what there is', async (t) => {
  const {
    callers: [ada, bob]
  } = await people('ada', 'bob')
  await ada!.call('memory_store', {
    key: 'plot',
    value: 'The dragon sleeps under the lighthouse',
    agent_name: 'story-bible',
    tags: ['draft']
  })
  const reason = async (tool: string, args: object) => (await ada!.call(tool, args)).answer.reason
  const search = (filter: object, query = 'dragon') => reason('memory_search', { query, ...filter })
  t.match(
    await search({ agent_name: 'elsewhere' }),
    new RegExp(
      'Nothing matches with namespace "elsewhere"\\. Without agent_name there is 1, ' +
        'the best is "plot" in namespace "story-bible"\\. ' +
        'Stored by namespace: "story-bible" 1\\.'
    )
  )
  t.match(await search({ agent_name: 'Story-Bible' }), /"story-bible" \(1 memory\)/)
  t.match(
    await search({ agent_name: 'story-bible', tags: ['HOME'] }),
    /with namespace "story-bible" and tag "HOME"\. Without tags there is 1/
  )
  t.match(
    await search({ agent_name: 'story-bible', when: '2001' }),
    /time "2001"\. Without the time there is 1/
  )
  t.match(await search({ type: 'fact', tags: ['HOME'] }), /Without these filters there is 1/)
  t.match(
    await search({ type: 'fact' }, 'unicorn'),
    new RegExp(
      'No memory contains any of these words in any namespace, with or without filters\\. ' +
        'Stored by namespace'
    )
  )
  t.match(
    await search({}, 'unicorn'),
    /No memory contains any of these words\. Stored by namespace: "story-bible" 1\. Try other words/
  )
  t.match(
    await reason('memory_list', { agent_name: 'elsewhere' }),
    /Nothing matches namespace "elsewhere"\. Stored by namespace: "story-bible" 1\./
  )
  t.match(
    (await bob!.call('memory_search', { query: 'dragon' })).answer.reason,
    /Nothing is stored yet: store a fact with memory_store\./
  )
  t.match((await bob!.call('memory_list')).text, /Nothing is stored yet/)
})

t.test('a question for everything is answered by an overview', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'color', value: 'Blue', importance: 0.9 })
  await ada!.call('memory_store', { key: 'city', value: 'Oslo', agent_name: 'work' })
  for (const query of [
    'What do you know about me?',
    'everything',
    'Was weißt du über mich?',
    '私について何を知っていますか'
  ]) {
    const { answer } = await ada!.call('memory_search', { query })
    t.match(answer.results, [{ key: 'color', matched: ['overview'] }, { key: 'city' }], query)
    t.match(answer.reason, /This is an overview: 2 of the most important.*"global" 1, "work" 1/)
  }
  t.match(
    (await ada!.call('memory_search', { query: 'everything', agent_name: 'work' })).answer.results,
    [{ key: 'city' }]
  )
  t.equal(
    (await ada!.call('search', { query: 'what do you know about me' })).answer.results.length,
    2
  )
  for (const query of [
    'what do you know about Rust',
    'everything about the harbour',
    'who am I meeting tomorrow',
    'all tests',
    'todo list'
  ]) {
    t.notOk(asksForOverview(query), query)
  }
})

t.test('an overview fills up with what passes the filter', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'old', value: 'Oslo', agent_name: 'work', tags: ['a'] })
  await ada!.call('memory_store', { key: 'said', value: 'Hello', type: 'conversation' })
  for (let i = 0; i < 101; i++) await ada!.call('memory_store', { key: `${i}`, value: 'Blue' })
  for (const [filter, keys] of [
    [{ agent_name: 'work' }, ['old']],
    [{ tags: ['a'] }, ['old']],
    [{ type: 'conversation' }, ['said']],
    [{ min_importance: 0.95 }, []],
    [{ when: '2001' }, []]
  ] as const) {
    const { answer } = await ada!.call('memory_search', { query: 'everything', ...filter })
    t.same(
      answer.results.map(({ key }: { key: string }) => key),
      keys,
      JSON.stringify(filter)
    )
  }
})
