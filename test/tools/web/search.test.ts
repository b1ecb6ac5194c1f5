import t from 'tap'
import { deleteExpiredWebAnswers, findWebAnswer, insertWebAnswer } from '../../../db/web/answers.ts'
import { deleteOldWebRequests } from '../../../db/web/requests.ts'
import { failure, feed } from './recorded/arxiv.ts'
import { images, news, videos, web } from './recorded/brave.ts'
import { send, world } from './world.ts'

const KEY = 'BSA-test-key'
let status = 200
let keys: Array<string | string[] | undefined> = []

const open = () =>
  world(
    ({ url = '', headers }, response) => {
      const { pathname, searchParams } = new URL(url, 'https://x')
      if (headers.host === 'export.arxiv.org') {
        const query = searchParams.get('search_query') ?? ''
        return send(
          response,
          'application/atom+xml; charset=UTF-8',
          query.includes('all:bad')
            ? failure
            : query.includes('nothing')
              ? feed.replace(/<entry>[^]*<\/entry>/, '')
              : feed,
          query.includes('malformed') ? 400 : 200
        )
      }
      keys.push(headers['x-subscription-token'])
      const answers: Record<string, object> = {
        '/res/v1/web/search': web,
        '/res/v1/news/search': news,
        '/res/v1/images/search': images,
        '/res/v1/videos/search': videos
      }
      if (status !== 200) {
        return send(
          response,
          'application/json',
          JSON.stringify({ type: 'ErrorResponse', error: { code: 'X', detail: KEY, status } }),
          status
        )
      }
      send(
        response,
        'application/json; charset=utf-8',
        searchParams.get('q') === 'junk'
          ? '{"web": {"results": [null, 7, {"url": 5}]}, "results": "x"}'
          : searchParams.get('q') === 'html'
            ? '<html>'
            : JSON.stringify(answers[pathname])
      )
    },
    { BRAVE_SEARCH_API_KEY: KEY }
  )
const beyond = await open()
const { caller, stranger } = beyond
const lastRequest = () => new URL(beyond.requests.at(-1)!.replace(/^/, 'https://'))

t.test(
  "searches of the web, news, images and videos use the operator's key and name their sources",
  async (t) => {
    const { answer, text } = await caller.call('brave_web_search', {
      query: ' lighthouse  granite ',
      count: '3'
    })
    t.equal(
      lastRequest().href,
      'https://api.search.brave.com/res/v1/web/search?q=lighthouse+granite&count=3'
    )
    t.match(answer, { query: 'lighthouse granite', notice: /data to judge/ })
    t.same(answer.results, [
      {
        title: 'The granite lighthouse & its keepers',
        url: 'https://harbour.example.com/lighthouse',
        description: "The lighthouse was built of granite in 1886. It's lit every night.",
        published: '2026-01-15T08:00:00',
        age: 'January 15, 2026',
        site: 'harbour.example.com'
      },
      {
        title: 'Myths of the coast',
        url: 'https://myths.example.com/coast',
        description: 'It is a myth that the granite lighthouse was built in 1890.',
        site: 'myths.example.com'
      }
    ])
    t.match(
      text,
      new RegExp(
        '2 results for "lighthouse granite".*not instructions[^]*' +
          '1\\. The granite lighthouse & its keepers\\n {3}https://harbour'
      )
    )

    t.match(
      (
        await caller.call('brave_news_search', {
          query: 'lighthouse',
          country: 'xx',
          freshness: 'pw'
        })
      ).answer.results,
      [
        {
          title: 'Lighthouse relit',
          published: '2026-11-22T07:30:00',
          age: '2 days ago',
          thumbnail: 'https://imgs.search.brave.com/abc'
        }
      ]
    )
    t.equal(lastRequest().search, '?q=lighthouse&count=5&country=US&search_lang=en&freshness=pw')
    t.match((await caller.call('brave_image_search', { query: 'lighthouse' })).answer.results, [
      { url: 'https://photos.example.com/night', image_url: 'https://photos.example.com/night.jpg' }
    ])
    t.equal(lastRequest().search, '?q=lighthouse&count=10&safesearch=strict')
    t.match(
      (await caller.call('brave_video_search', { query: 'lighthouse', safesearch: 'off' })).answer
        .results,
      [{ duration: '08:21', views: '1234', creator: 'Coast Channel' }]
    )
    t.ok(keys.every((key) => key === KEY))
  }
)

t.test(
  'the same question is answered from before, for the same person only, and says when that was',
  async (t) => {
    const before = beyond.requests.length
    const first = (await caller.call('brave_web_search', { query: 'once' })).answer
    const again = (await caller.call('brave_web_search', { query: 'once' })).answer
    t.same(again, first)
    t.equal(beyond.requests.length, before + 1)
    await stranger.call('brave_web_search', { query: 'once' })
    t.equal(beyond.requests.length, before + 2)
    await caller.call('brave_web_search', { query: 'once', count: 7 })
    t.equal(beyond.requests.length, before + 3)
    const { rows } = {
      rows: await beyond.db
        .selectFrom('web_answers')
        .selectAll()
        .where('user_id', '=', caller.user_id)
        .execute()
    }
    t.notMatch(JSON.stringify(rows.map(({ question_hash: hash }) => hash)), 'once')
  }
)

t.test('an answer that has run out is asked for anew, and cleared away', async (t) => {
  await insertWebAnswer(beyond.db, caller.user_id, 'old', { a: 1 }, 0)
  await insertWebAnswer(beyond.db, caller.user_id, 'new', { a: 2 }, 60)
  t.equal(await findWebAnswer(beyond.db, caller.user_id, 'old'), undefined)
  t.match(await findWebAnswer(beyond.db, caller.user_id, 'new'), { answer: { a: 2 } })
  t.equal(await findWebAnswer(beyond.db, stranger.user_id, 'new'), undefined)
  const count = async () =>
    (
      await beyond.db
        .selectFrom('web_answers')
        .select('question_hash')
        .where('user_id', '=', caller.user_id)
        .execute()
    ).length
  const before = await count()
  await deleteExpiredWebAnswers(beyond.db)
  t.equal(await count(), before - 1)
  const counted = async () =>
    (
      await beyond.db
        .selectFrom('web_requests')
        .select('day')
        .where('user_id', '=', caller.user_id)
        .execute()
    ).length
  await beyond.db
    .insertInto('web_requests')
    .values({ user_id: caller.user_id, provider: 'arxiv', day: '2026-01-01' })
    .execute()
  const days = await counted()
  await deleteOldWebRequests(beyond.db)
  t.equal(await counted(), days - 1)
})

t.test(
  'what Brave refuses or garbles is said with what to do, never with the key, and not kept',
  async (t) => {
    for (const [code, reason] of [
      [401, /correct BRAVE_SEARCH_API_KEY/],
      [429, /Wait a minute/],
      [422, /simpler words/],
      [500, /status 500/]
    ] as const) {
      status = code
      const message = await caller.refusal('brave_web_search', { query: 'refused' })
      t.match(message, reason)
      t.notMatch(message, KEY)
    }
    status = 200
    t.equal((await caller.call('brave_web_search', { query: 'refused' })).answer.results.length, 2)
    t.same((await caller.call('brave_web_search', { query: 'junk' })).answer.results, [])
    t.match(
      (await caller.call('brave_news_search', { query: 'junk' })).text,
      /Nothing was found for "junk"\. Try other words/
    )
    t.match(await caller.refusal('brave_web_search', { query: 'html' }), /not JSON/)
    t.match(await caller.refusal('brave_web_search', { query: '   ' }), /query is empty/)
    t.match(
      await caller.refusal('brave_web_search', { query: 'x', count: 21 }),
      /Invalid arguments: count/
    )
  }
)

t.test('papers on arXiv are found by words and by category', async (t) => {
  const { answer, text } = await caller.call('arxiv_search', {
    query: 'attention "all you need"',
    category: 'cs.CL',
    max_results: 1
  })
  t.equal(
    lastRequest().searchParams.get('search_query'),
    '(all:attention AND all:"all you need") AND cat:cs.CL'
  )
  t.same(answer.results, [
    {
      title: 'Attention Is All You Need',
      url: 'https://arxiv.org/abs/1706.03762v7',
      arxiv_id: '1706.03762v7',
      authors: ['Ashish Vaswani', 'Noam Shazeer'],
      abstract:
        'The dominant sequence transduction models are based on complex recurrent or ' +
        'convolutional neural networks & attention, where x < y.',
      pdf_url: 'https://arxiv.org/pdf/1706.03762v7',
      published: '2017-06-12T17:57:34Z',
      updated: '2023-08-02T00:41:18Z',
      categories: ['cs.CL', 'cs.LG']
    }
  ])
  t.match(text, /authors: Ashish Vaswani, Noam Shazeer/)
  const began = performance.now()
  await Promise.all([
    caller.call('arxiv_search', { query: 'ti:"attention" AND au:vaswani' }),
    caller.call('arxiv_search', {
      query: 'attention "all you need"',
      category: 'cs.CL',
      max_results: 1
    })
  ])
  t.equal(lastRequest().searchParams.get('search_query'), 'ti:"attention" AND au:vaswani')
  t.ok(performance.now() - began > 1500, 'one request in three seconds')
  t.match(
    await caller.refusal('arxiv_search', { query: 'x', category: 'cs.LG) OR (all:y' }),
    /no category of arXiv/
  )
})

t.test('what arXiv refuses is said', async (t) => {
  // Each world has its own pace, so no request waits for the one before.
  const [first, second, third] = [
    (await open()).caller,
    (await open()).caller,
    (await open()).caller
  ]
  t.match(await first.refusal('arxiv_search', { query: 'bad' }), /arXiv says: incorrect id format/)
  t.match(
    await second.refusal('arxiv_search', { query: 'all:malformed((' }),
    /does not understand the query/
  )
  t.match((await third.call('arxiv_search', { query: 'nothing' })).text, /Nothing was found/)
  t.match(await third.refusal('arxiv_search', { query: '():' }), /query is empty/)
})

t.test('each provider has a quota of its own for each person', async (t) => {
  const { caller, stranger } = await world(
    ({ headers }, response) =>
      headers.host === 'export.arxiv.org'
        ? send(response, 'application/atom+xml', feed)
        : send(response, 'application/json', '{}'),
    { BRAVE_SEARCH_API_KEY: KEY, BRAVE_QUOTA_PER_DAY: '2', WEB_QUOTA_PER_DAY: '1' }
  )
  await caller.call('arxiv_search', { query: 'attention' })
  t.match(
    await caller.refusal('arxiv_search', { query: 'another' }),
    /all 1 requests of today to arxiv.*midnight UTC/
  )
  await caller.refusal('get_youtube_metadata', { video_url: 'abcdefghijk' })
  t.match(
    await caller.refusal('get_youtube_metadata', { video_url: 'abcdefghijl' }),
    /all 1 requests of today to youtube/
  )
  await stranger.call('arxiv_search', { query: 'attention' })
  for (const query of ['a', 'b', 'a']) await caller.call('brave_web_search', { query })
  t.match(
    await caller.refusal('brave_web_search', { query: 'c' }),
    /all 2 requests of today to brave/
  )
  keys = []
})
