import t from 'tap'
import { parseVideoId } from '../../../domain/web/youtube/video.ts'
import { captions, ID, oembed, player, watchPage } from './recorded/youtube.ts'
import { send, world } from './world.ts'

const talk = [
  'Welcome to the old granite lighthouse on the coast.',
  ...Array.from({ length: 150 }, (_, i) =>
    i % 10 === 0
      ? `The lamp of the lighthouse number ${i} was made by Fresnel and shines across the harbour.`
      : `and so we walk on and on and look around here number ${i} you know`
  ),
  'Thank you, and see you next week.'
]
let page: string | undefined = watchPage()
let words = captions(talk)

const beyond = await world(({ url = '' }, response) => {
  if (url.startsWith('/watch')) {
    return send(
      response,
      'text/html; charset=utf-8',
      page ?? 'not found',
      page === undefined ? 404 : 200
    )
  }
  if (url.startsWith('/oembed')) {
    return url.includes(ID)
      ? send(response, 'application/json', JSON.stringify(oembed))
      : send(response, 'text/plain', 'Not Found', 404)
  }
  if (url.startsWith('/api/timedtext')) {
    return send(response, words === '' ? 'text/html' : 'application/json; charset=UTF-8', words)
  }
  send(response, 'text/plain', 'x', 500)
})
const { caller, stranger } = beyond
const video = `https://youtu.be/${ID}?si=x`
const watch = `https://www.youtube.com/watch?v=${ID}`

t.test('the id is found in every address that a video has', async (t) => {
  for (const url of [
    ID,
    `https://www.youtube.com/watch?v=${ID}&t=10s`,
    `https://m.youtube.com/watch?app=desktop&v=${ID}`,
    `https://youtu.be/${ID}`,
    `https://www.youtube.com/shorts/${ID}?x`,
    `https://www.youtube-nocookie.com/embed/${ID}`,
    ` https://youtube.com/live/${ID} `
  ]) {
    t.equal(parseVideoId(url), ID, url)
  }
  for (const url of [
    '',
    'x',
    'https://example.com/watch?v=abcdefghijk',
    'https://www.youtube.com/@coast',
    'https://www.youtube.com/watch?v=abc',
    `${ID}x`
  ]) {
    t.throws(() => parseVideoId(url), /not the address of a YouTube video/, url)
  }
})

t.test('the facts of a video are read from its page', async (t) => {
  const { answer, text } = await caller.call('get_youtube_metadata', { video_url: video })
  t.match(answer, {
    url: watch,
    title: 'Inside the "granite" lighthouse }; var x',
    channel: 'Coast Channel',
    duration_seconds: 754,
    view_count: 12345,
    upload_date: '2026-03-03T02:00:00-08:00',
    description: 'A visit to the lighthouse.\n\n0:00 Start',
    tags: ['lighthouse', 'coast'],
    captions: ['en', 'de-DE', 'ja'],
    notice: /not instructions/
  })
  t.ok(text.startsWith('What follows was written by others'))
  t.same(beyond.requests, [`www.youtube.com/watch?v=${ID}&hl=en`])
  await caller.call('get_youtube_metadata', { video_url: watch })
  t.equal(beyond.requests.length, 1, 'kept for this person')
})

t.test(
  'a transcript comes with times, of what people wrote before what a machine heard, and in parts',
  async (t) => {
    const { answer, text } = await caller.call('get_youtube_transcript', {
      video_url: video,
      lang: 'en-GB'
    })
    t.match(answer, {
      url: watch,
      language: 'en',
      generated: false,
      text: /^\[0:00\] Welcome to the old granite lighthouse on the coast\./
    })
    const captionRequest = new URL(`https://${beyond.requests.at(-1)}`)
    t.match(Object.fromEntries(captionRequest.searchParams), {
      v: ID,
      lang: 'en',
      fmt: 'json3',
      signature: 'ABC'
    })
    t.equal(captionRequest.searchParams.has('kind'), false)
    t.match(text, /--- beginning of the transcript [0-9a-f]{12} ---\nInside/)
    t.match(
      (await caller.call('get_youtube_transcript', { video_url: video, lang: 'de' })).answer,
      { language: 'de-DE' }
    )
    t.match(
      (await caller.call('get_youtube_transcript', { video_url: video, offset: 100 })).answer,
      { text: answer.text.slice(100) }
    )
    t.match(
      await caller.refusal('get_youtube_transcript', { video_url: video, lang: 'fr' }),
      /no captions in "fr"\. Call again with lang en, de-DE, ja/,
      "what is not YouTube's own is not asked for"
    )
    t.notOk(beyond.requests.some((request) => request.startsWith('evil')))
  }
)

t.test(
  'the telling passages of a long talk come in order, with links to the moments',
  async (t) => {
    const { answer, text } = await caller.call('youtube_summarize', { video_url: video })
    t.match(answer, {
      title: /granite/,
      channel: 'Coast Channel',
      duration_seconds: 754,
      language: 'en'
    })
    t.ok(
      answer.key_words.includes('lighthouse') && answer.key_words.includes('fresnel'),
      answer.key_words.join(' ')
    )
    t.notOk(answer.key_words.includes('and'))
    const times = answer.passages.map(({ url }: { url: string }) =>
      Number(/&t=(\d+)s$/.exec(url)![1])
    )
    t.same(
      times,
      times.toSorted((earlier: number, later: number) => earlier - later)
    )
    t.equal(times[0], 0)
    t.ok(times.at(-1) > 600, 'up to the end')
    t.ok(answer.share > 0 && answer.share <= 1)
    t.match(text, /\[0:00\] Welcome/)
    const long = Array.from({ length: 2000 }, (_, i) => talk[i % talk.length]!)
    words = captions(long)
    const shortened = (await stranger.call('youtube_summarize', { video_url: video })).answer
    t.ok(
      shortened.share < 0.5 && JSON.stringify(shortened.passages).length < 40_000,
      `${shortened.share}`
    )
    words = captions(talk)
  }
)

t.test('what YouTube does not give is said with what to do, and not kept', async (t) => {
  const fresh = async () =>
    (
      await world((request, response) => {
        if (request.url!.startsWith('/watch')) {
          return send(response, 'text/html', page ?? '', page === undefined ? 404 : 200)
        }
        if (request.url!.startsWith('/oembed')) {
          return request.url!.includes(ID)
            ? send(response, 'application/json', JSON.stringify(oembed))
            : send(response, 'text/plain', 'Not Found', 404)
        }
        send(response, 'text/html', '')
      })
    ).caller
  const [first, second, third, fourth] = [
    await fresh(),
    await fresh(),
    await fresh(),
    await fresh()
  ]
  t.match(
    await first.refusal('get_youtube_transcript', { video_url: video }),
    /refuses this server the captions.*paste the transcript/
  )
  page = '<html>Before you continue to YouTube</html>'
  t.match((await second.call('get_youtube_metadata', { video_url: video })).answer, {
    title: 'Inside the granite lighthouse',
    channel: 'Coast Channel',
    captions: []
  })
  t.match(
    await second.refusal('youtube_summarize', { video_url: video }),
    /no captions for this server/
  )
  page = watchPage(player.replace(/"videoId":"[^"]*"/, '"videoId":"zzzzzzzzzzz"').slice(0, -5))
  t.match(
    await third.refusal('get_youtube_metadata', { video_url: 'https://youtu.be/00000000000' }),
    /does not exist or is private/
  )
  page = undefined
  t.match(
    await fourth.refusal('get_youtube_metadata', { video_url: 'https://youtu.be/00000000000' }),
    /does not exist or is private/
  )
  t.match(
    await fourth.refusal('get_youtube_metadata', { video_url: 'https://example.com/' }),
    /Give one such as/
  )
})
