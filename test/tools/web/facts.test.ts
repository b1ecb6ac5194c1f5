import t from 'tap'
import {
  bestPassages,
  claimTerms,
  splitPassages,
  passageRelevance
} from '../../../domain/web/facts/passages.ts'
import { estimateStance } from '../../../domain/web/facts/stance.ts'
import { web } from './recorded/brave.ts'
import { captions, ID, watchPage } from './recorded/youtube.ts'
import { send, world } from './world.ts'

const CLAIM = 'The granite lighthouse was built in 1886'
const before =
  'The harbour is old and many ships came here in all weathers, ' +
  'as everybody knows who has been there. '
const after = 'Fish is sold at the quay each morning, and in the evening there is music. '
const story = [
  '<html><head><title>How it was built</title><meta name="date" content="2025-05-05"></head>',
  '<body><article><h1>How it was built</h1>\n',
  `<p>${before.repeat(5)}</p>\n`,
  '<p>The <a href="/x">granite lighthouse</a> was built in 1886 ',
  `by the harbour's own masons.</p><p>${after.repeat(5)}</p></article></body></html>`
].join('')

const beyond = await world(
  ({ url = '', headers: { host = '' } }, response) => {
    if (host === 'api.search.brave.com') {
      return send(response, 'application/json', JSON.stringify(web))
    }
    if (host === 'harbour.example.com') return send(response, 'text/html', story)
    if (host === 'myths.example.com') return send(response, 'text/html', 'forbidden', 403)
    if (host === 'book.example.com') {
      return send(
        response,
        'text/plain',
        'Chapter 3. It is not true that the granite lighthouse was built in 1886; ' +
          'the year was 1890.'
      )
    }
    if (url.startsWith('/watch')) return send(response, 'text/html', watchPage())
    if (url.startsWith('/api/timedtext')) {
      return send(
        response,
        'application/json',
        captions([
          'Hello everybody and welcome to the coast.',
          'This granite lighthouse here was built in 1890, they say.',
          'Now let us go and have some fish.'
        ])
      )
    }
    send(response, 'text/plain', 'x', 500)
  },
  { BRAVE_SEARCH_API_KEY: 'key' }
)
const { caller } = beyond

t.test(
  'a claim gets ordered passages from sources and searches, with source, date and stance',
  async (t) => {
    const { answer, text } = await caller.call('fact_check_claim', {
      claim: CLAIM,
      sources: ['https://book.example.com/3', 'http://10.0.0.1/']
    })
    const { evidence, counts, not_read: lost } = answer
    const from = (source: string) =>
      evidence.filter((entry: { source: string }) => entry.source === source)
    t.match(from('https://harbour.example.com/lighthouse'), [
      {
        passage: /^The granite lighthouse was built in 1886 by/,
        title: 'How it was built',
        date: '2025-05-05',
        relevance: 1,
        stance: 'supports',
        markers: ['same number: 1886']
      }
    ])
    t.match(from('https://book.example.com/3'), [
      { stance: 'contradicts', markers: ['says "not true"', 'same number: 1886'] }
    ])
    t.match(
      from('https://myths.example.com/coast'),
      [
        {
          passage: /It is a myth/,
          stance: 'unclear',
          markers: ['says "Myths"', 'other number: 1890 (claim: 1886)']
        }
      ],
      'a denial of something else is left to the reader'
    )
    t.same(counts, { supports: 1, contradicts: 1, unclear: 1 })
    t.same(
      evidence.map(({ relevance }: { relevance: number }) => relevance),
      evidence
        .map(({ relevance }: { relevance: number }) => relevance)
        .toSorted((first: number, second: number) => second - first)
    )
    t.match(lost, [
      { url: 'http://10.0.0.1/', why: /not on the public internet/ },
      { url: 'https://myths.example.com/coast', why: /status 403/ }
    ])
    t.match(answer.notice, /judge yourself/)
    t.match(
      text,
      new RegExp(
        '\\d\\. supports \\(same number: 1886\\), relevance 1: The granite[^]*' +
          'How it was built, 2025-05-05, https://harbour[^]*Not read: http://10\\.0\\.0\\.1'
      )
    )
    t.equal(beyond.requests.filter((request) => request.startsWith('api.search')).length, 2)
    t.notOk(beyond.dialled.some((address) => address.startsWith('10.')))
  }
)

t.test(
  'of a video come the passages about the claim with their moments, and evidence from elsewhere',
  async (t) => {
    const { answer, text } = await caller.call('youtube_fact_check', {
      video_url: ID,
      claim: CLAIM
    })
    t.match(answer.said, [
      {
        passage: /granite lighthouse here was built in 1890/,
        source: `https://www.youtube.com/watch?v=${ID}&t=0s`,
        stance: 'contradicts',
        markers: ['other number: 1890 (claim: 1886)']
      }
    ])
    t.match(answer.counts, { supports: 1 })
    t.match(text, /Said in the video:\n1\. contradicts[^]*Evidence from elsewhere:\n1\. /)
  }
)

t.test('nothing that has to do with a claim is an answer too', async (t) => {
  const { answer, text } = await caller.call('fact_check_claim', { claim: 'Bananas sing opera' })
  t.same(answer.evidence, [])
  t.match(text, /No evidence was found/)
  t.match(await caller.refusal('fact_check_claim', { claim: 'x' }), /Invalid arguments: claim/)
})

t.test('the signs by which a passage stands to a claim are named', async (t) => {
  const signs = (claim: string, passage: string) =>
    estimateStance(claim, passage, passageRelevance(claimTerms(claim), passage))
  for (const [claim, passage, stance, marker] of [
    [
      'Coffee stunts growth',
      'The belief that coffee stunts growth is a myth.',
      'contradicts',
      'says "myth"'
    ],
    ['Coffee stunts growth', 'Coffee does not stunt growth.', 'contradicts', 'negated here'],
    [
      'Coffee does not stunt growth',
      'Researchers confirmed that coffee does not stunt growth.',
      'supports',
      'says "confirmed"'
    ],
    [
      'Unemployment was 5 percent in May',
      'In May, unemployment was 7.2% in the country.',
      'contradicts',
      'other number: 7.2% (claim: 5%)'
    ],
    [
      'The tower is 300 metres high',
      'The tower, 300 metres high, opened in 1889.',
      'supports',
      'same number: 300'
    ],
    [
      'Der Turm wurde 1889 eröffnet',
      'Der Turm wurde 1889 in Paris eröffnet.',
      'supports',
      'same number: 1889'
    ],
    ['Coffee stunts growth', 'That coffee stunts growth is not a myth.', 'unclear', 'negated here'],
    ['Cats like boxes', 'Dogs eat fish.', 'unclear', undefined]
  ] as const) {
    const estimate = signs(claim, passage)
    t.equal(estimate.stance, stance, passage)
    if (marker) t.ok(estimate.markers.includes(marker), `${passage}: ${estimate.markers}`)
  }
})

t.test('texts are cut at sentences, whatever they are made of', async (t) => {
  t.same(
    splitPassages(
      '# Title\n\nOne [link](https://x.example/a_b) and **bold** text that is long enough ' +
        'to stand alone here. Two is short.\n\n- item'
    ),
    [
      'Title',
      'One link and bold text that is long enough to stand alone here. Two is short.',
      'item'
    ]
  )
  t.ok(splitPassages('x'.repeat(100_000)).every((passage) => passage.length <= 800))
  t.ok(splitPassages(`${'word '.repeat(30_000)}\ud83d\ude00`).length >= 1)
  t.same(
    bestPassages(
      claimTerms('灯台は1886年に建てられた'),
      'この灯台は1886年に花崗岩で建てられました。\n\n魚は朝に売られます。',
      3
    ).map(({ passage }) => passage),
    ['この灯台は1886年に花崗岩で建てられました。']
  )
})
