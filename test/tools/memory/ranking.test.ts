import t from 'tap'
import { rankMemories } from '../../../domain/memory/search/ranking.ts'
import { type Caller, people } from '../caller.ts'

const scores = async (
  caller: Caller,
  query: string,
  more: object = {}
): Promise<Array<[string, number]>> =>
  (await caller.call('memory_search', { query, ...more })).answer.results.map(
    ({ key, score }: { key: string; score: number }) => [key, score]
  )

t.test('scores are the same to the last digit on every database', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const lines = [
    'We went to the lighthouse with Tom',
    'Was the sea rough?',
    'It was, and the ferry was late',
    'Tom likes ferries',
    'The lighthouse keeper told us of storms'
  ]
  for (const [i, value] of lines.entries()) {
    await ada!.call('memory_store', {
      key: `t${i}`,
      value,
      session_id: 'trip',
      speaker: 'Ada',
      occurred_at: '2026-01-05'
    })
  }
  await ada!.call('memory_store', {
    key: 'tom',
    value: 'Tom is afraid of storms at sea',
    tags: ['friend'],
    importance: 0.9
  })
  await ada!.call('memory_store', { key: 'ships', value: 'Ferries, freighters and tugs' })
  t.same(await scores(ada!, 'Was Tom at the lighthouse in a storm?'), [
    ['tom', 5.743683],
    ['t4', 4.031262],
    ['t0', 3.833297],
    ['t3', 3.679611],
    ['t2', 3.580622],
    ['t1', 3.343052]
  ])
})

t.test('importance decides between equals, within a twentieth of the score', async (t) => {
  const standing = [
    { memory_no: 1, importance: 1, updated_at: 1 },
    { memory_no: 2, importance: 0, updated_at: 2 },
    { memory_no: 3, importance: 0.5, updated_at: 3 }
  ]
  const scored = (score: number[]) =>
    rankMemories(
      score.map((memoryScore, i) => ({
        memory_no: i + 1,
        score: memoryScore,
        session_score: memoryScore
      })),
      { standing, neighbours: [] }
    )
  t.same(
    scored([1, 1, 1]).map(({ memory_no: no, score }) => [no, score]),
    [
      [1, 2.1],
      [3, 2],
      [2, 1.9]
    ]
  )
  t.same(
    scored([1, 1.2, 1.1]).map(({ memory_no: no }) => no),
    [2, 3, 1],
    'a better match wins all the same'
  )
})

t.test('neighbours give once for each pair, and equal scores go by the last change', async (t) => {
  const at = (no: number) => ({ memory_no: no, importance: 0.5, updated_at: no })
  const candidates = [
    { memory_no: 1, score: 4, session_score: 0 },
    { memory_no: 2, score: 2, session_score: 0 }
  ]
  const neighbours = [
    { memory_no: 1, neighbour: at(2), distance: 1 },
    { memory_no: 2, neighbour: at(1), distance: 1 },
    { memory_no: 1, neighbour: at(3), distance: 2 },
    { memory_no: 2, neighbour: at(3), distance: 1 },
    { memory_no: 1, neighbour: at(4), distance: 1 }
  ]
  t.same(rankMemories(candidates, { standing: [at(1), at(2)], neighbours }), [
    { memory_no: 1, score: 5, arms: ['words', 'session'] },
    { memory_no: 2, score: 4, arms: ['words', 'session'] },
    { memory_no: 4, score: 2, arms: ['session'] },
    { memory_no: 3, score: 2, arms: ['session'] }
  ])
})

t.test(
  'nearly the word is found when the word itself is not there, and nothing else changes',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'color', value: 'my favorite color is blue' })
    await ada!.call('memory_store', { key: 'v', value: 'value17 of user_id' })
    t.match((await ada!.call('memory_search', { query: 'favrite colour' })).answer.results, [
      {
        key: 'color',
        matched: ['spelling'],
        why: /has words like (favrite, colour|colour, favrite)/
      }
    ])
    t.match((await ada!.call('memory_search', { query: 'blue' })).answer.results, [
      { key: 'color', matched: ['words'] }
    ])
    t.same(await scores(ada!, 'value18'), [], 'a number is not misspelt')
    t.same(await scores(ada!, 'zzzzzz'), [])
  }
)

t.test(
  'max_tokens takes the place of k, and the best result comes whatever it costs',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (let i = 0; i < 30; i++) {
      await ada!.call('memory_store', { key: `k${i}`, value: `apple ${'pear '.repeat(19)}` })
    }
    t.equal((await scores(ada!, 'apple')).length, 10)
    t.equal((await scores(ada!, 'apple', { max_tokens: 300 })).length, 8)
    t.equal((await scores(ada!, 'apple', { max_tokens: 1 })).length, 1)
    t.equal((await scores(ada!, 'apple', { max_tokens: 100_000 })).length, 30)
    t.match(
      (await ada!.call('memory_search', { query: 'apple', max_tokens: 300 })).answer.reason,
      /best 8 of 30 results fit into 300 tokens/
    )
  }
)

t.test('tags of any kind and a least importance choose what is ranked', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'a', value: 'tea', tags: ['x'], importance: 0.2 })
  await ada!.call('memory_store', { key: 'b', value: 'tea', tags: ['y'], importance: 0.8 })
  await ada!.call('memory_store', { key: 'c', value: 'tea', tags: ['z'], importance: 1 })
  const names = async (more: object) => (await scores(ada!, 'tea', more)).map(([key]) => key).sort()
  t.same(await names({ tags: ['x', 'y'], tag_match: 'any' }), ['a', 'b'])
  t.same(await names({ tags: ['x', 'y'] }), [])
  t.same(await names({ min_importance: 0.8 }), ['b', 'c'])
})
