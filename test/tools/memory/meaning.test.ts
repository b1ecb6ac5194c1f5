import t from 'tap'
import {
  allEmbedded,
  callAs,
  embeddingServer,
  remember,
  searchHybrid
} from '../../support/embedding-server.ts'
import { runService } from '../../support/running.ts'

const server = await embeddingServer(t)
const running = await runService(t, { EMBEDDINGS_URL: server.url, EMBEDDINGS_MODEL: 'one' })
const { db } = running.app
const person = async () => (await running.person()).user_id
const keys = async (userId: string, query: string, more: object = {}): Promise<string[]> =>
  (await searchHybrid(running, userId, query, more)).results.map(({ key }: { key: string }) => key)

t.test(
  'a search finds memories by meaning, beside those that have the words of the question',
  async (t) => {
    const ada = await person()
    await remember(running, ada, {
      garage: 'an old automobile',
      pet: 'the puppy is called Bertha',
      note: 'to wash the car',
      other: 'bread and butter'
    })
    await allEmbedded(running, ada)
    const { results, reason } = await searchHybrid(running, ada, 'Where is my car?', { k: 3 })
    t.equal(reason, undefined)
    t.match(results.slice(0, 2), [
      {
        key: 'note',
        matched: ['words', 'meaning'],
        why: 'has car; is near in meaning',
        snippet: 'to wash the **car**'
      },
      {
        key: 'garage',
        matched: ['meaning'],
        why: 'is near in meaning',
        snippet: 'an old automobile'
      }
    ])
    t.ok(results[0].score > results[1].score && results[0].score <= 1 && results[1].score > 0)
    t.equal(
      (await keys(ada, 'physician'))[0] !== undefined,
      true,
      'words that nobody wrote gate nothing'
    )
    t.equal(
      (await callAs(running, ada, 'memory_search_ids', { query: 'vehicle' })).results.length > 0,
      true
    )
    t.match((await callAs(running, ada, 'search', { query: 'hound' })).results[0], {
      title: 'pet: the puppy is called Bertha'
    })
    t.match(await callAs(running, ada, 'memory_search', { query: '?!' }), {
      search_mode: 'lexical',
      results: []
    })
  }
)

t.test(
  'what is left out by namespace, tag, time, importance or expiry is not found by meaning either',
  async (t) => {
    const ada = await person()
    await remember(running, ada, { plain: 'a hound' })
    await remember(running, ada, { tagged: 'a puppy' }, { tags: ['house'], importance: 0.9 })
    await remember(running, ada, { space: 'a puppy' }, { agent_name: 'work' })
    await remember(running, ada, { old: 'a puppy' }, { occurred_at: '2019-05-05T10:00:00Z' })
    await remember(
      running,
      ada,
      { brief: 'a puppy' },
      { expires_at: new Date(Date.now() + 3600_000).toISOString() }
    )
    await allEmbedded(running, ada)
    t.same((await keys(ada, 'dog')).sort(), ['brief', 'old', 'plain', 'space', 'tagged'])
    await db
      .updateTable('memories')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('key', '=', 'brief')
      .execute()
    t.same((await keys(ada, 'dog')).sort(), ['old', 'plain', 'space', 'tagged'])
    t.same(await keys(ada, 'dog', { agent_name: 'work' }), ['space'])
    t.same(await keys(ada, 'dog', { tags: ['house'] }), ['tagged'])
    t.same(await keys(ada, 'dog', { min_importance: 0.8 }), ['tagged'])
    t.same(await keys(ada, 'dog', { when: 'May 2019' }), ['old'])
    t.match(await searchHybrid(running, ada, 'dog', { tags: ['none'] }), {
      results: [],
      reason: /No memory contains/
    })
  }
)

t.test('of a long value the part that is near in meaning is shown', async (t) => {
  const ada = await person()
  await remember(running, ada, {
    long: Array.from({ length: 2000 }, (_, day) =>
      day === 1600 ? 'Then came the physician.' : `On day ${day} nothing happened.`
    ).join(' ')
  })
  await allEmbedded(running, ada)
  const {
    results: [{ key, truncated, snippet }]
  } = await searchHybrid(running, ada, 'doctor')
  t.same([key, truncated], ['long', true])
  const day = Number(/day (\d+)/.exec(snippet)?.[1])
  t.ok(day > 1550 && day <= 1600, snippet)
})

t.test(
  'nothing that another person has or does changes what a search by meaning finds',
  async (t) => {
    const [ada, bob] = [await person(), await person()]
    await remember(running, ada, { a: 'an automobile', b: 'a car and a dog', c: 'a hound' })
    await allEmbedded(running, ada)
    const search = async () =>
      (await searchHybrid(running, ada, 'vehicle for a dog')).results.map(
        ({ key, score, matched }: any) => ({ key, score, matched })
      )
    const alone = await search()
    t.equal(alone.length, 3)
    t.match(await callAs(running, bob, 'memory_search', { query: 'dog' }), {
      search_mode: 'lexical',
      reason: /no memory has been embedded yet/,
      results: []
    })
    await remember(
      running,
      bob,
      Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [
          `k${i}`,
          i % 2 ? 'a vehicle for a dog' : 'automobile'
        ])
      )
    )
    await allEmbedded(running, bob)
    t.same(await search(), alone)
    t.same(
      (await keys(bob, 'car')).filter((key) => !key.startsWith('k')),
      []
    )
    await db.deleteFrom('users').where('user_id', '=', bob).execute()
    t.same(await search(), alone)
  }
)

t.test(
  'without the embedding server, searches go by words, say so, and do not wait each time',
  async (t) => {
    const ada = await person()
    await remember(running, ada, { garage: 'an old automobile', note: 'wash the car' })
    await allEmbedded(running, ada)
    t.same((await keys(ada, 'car')).length, 2)

    server.behave(() => 'silence')
    const began = performance.now()
    const first = await callAs(running, ada, 'memory_search', { query: 'the car' })
    const waited = performance.now() - began
    t.ok(waited < 4000, `${waited} ms`)
    t.match(first, {
      search_mode: 'lexical',
      reason: 'Searched by words alone: the embedding server did not answer within 2 seconds.',
      results: [{ key: 'note', matched: ['words'] }]
    })
    t.equal(first.results.length, 1)
    const again = performance.now()
    for (let i = 0; i < 10; i++) {
      t.match(await callAs(running, ada, 'memory_search', { query: 'the car' }), {
        search_mode: 'lexical',
        results: [{ key: 'note' }]
      })
    }
    t.ok(performance.now() - again < 2000, 'ten searches together take less than one that waits')
    t.match(await callAs(running, ada, 'memory_search', { query: 'zebra' }), {
      results: [],
      reason: /2 seconds\. No memory contains any of these words/
    })

    server.behave(() => undefined)
    await remember(running, ada, { news: 'in a bright colour' })
    await allEmbedded(running, ada)
    t.same(
      (await keys(ada, 'car')).length,
      3,
      'as soon as the server was seen to work it is asked again'
    )

    server.behave(({ input }) => (input.some((text) => text === 'car?') ? 413 : undefined))
    t.match(await callAs(running, ada, 'memory_search', { query: 'car?' }), {
      search_mode: 'lexical',
      reason: /answered 413/
    })
    t.equal(
      (await searchHybrid(running, ada, 'car')).search_mode,
      'hybrid',
      'one query that is refused is no outage'
    )
  }
)
