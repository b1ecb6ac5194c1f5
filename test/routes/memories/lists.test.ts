import t from 'tap'
import { allEmbedded, callAs, embeddingServer, remember } from '../../support/embedding-server.ts'
import { runService } from '../../support/running.ts'
import { hostile } from '../../views/samples/hostile.ts'
import { change, idsOf } from './helper.ts'

const server = await embeddingServer(t)
const running = await runService(t, { EMBEDDINGS_URL: server.url, EMBEDDINGS_MODEL: 'one' })
const { db } = running.app

/** The keys of the rows of a list. */
function keysIn(html: string): string[] {
  return [...html.matchAll(/class="key-link"[^>]*><bdi>([^<]*)/g)].map(([, key]) => key!)
}

t.test('the list begins with the newest, pages on, and says what to do when empty', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  t.match((await visitor.get('/memories')).html, /Nothing is remembered yet[^]*href="\/connect"/)
  const values = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`note ${i}`, `text ${i}`])
  )
  await remember(running, ada.user_id, values)
  const first = await visitor.get('/memories')
  t.same(keysIn(first.html).slice(0, 2), ['note 29', 'note 28'])
  t.match(first.html, 'You have 30 memories.')
  const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
  const second = await visitor.get(next)
  t.equal(new Set([...keysIn(first.html), ...keysIn(second.html)]).size, 30)
  t.match(second.html, 'First page')
  t.equal((await visitor.get('/memories?after=nonsense')).status, 200, 'a bad cursor starts anew')
  const stranger = await running.signedIn((await running.person()).email)
  t.same(keysIn((await stranger.get(next)).html), [], 'a cursor shows nothing of other people')
})

t.test('a search shows why each memory matches, by words and by meaning', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await remember(running, ada.user_id, {
    garage: 'an old automobile',
    note: 'to **wash** the car <b>now</b>',
    bread: 'bread and butter'
  })
  await allEmbedded(running, ada.user_id)
  const { html } = await visitor.get('/memories?q=Where+is+my+car')
  t.same(keysIn(html).slice(0, 2), ['note', 'garage'])
  t.match(html, 'to **wash** the <mark>car</mark> &lt;b&gt;now&lt;/b&gt;')
  t.match(html, /has the words: <bdi>car<\/bdi>[^]*near in meaning/)
  t.match(html, 'Best matches by words and meaning')
  t.match((await visitor.get('/memories?q=xyzzyq')).html, /No memory matches|near in meaning/)
  t.match((await visitor.get('/memories?q=everything')).html, 'The most important and the latest')
})

t.test('filters narrow the list and a search, and a time in words is understood', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  const store = (key: string, more: object) =>
    callAs(running, ada.user_id, 'memory_store', { key, value: `the plan ${key}`, ...more })
  await store('a', { agent_name: 'work', tags: ['x', 'y'], type: 'fact' })
  await store('b', { tags: ['x'], occurred_at: '2024-05-03' })
  await db
    .updateTable('memories')
    .set({ source: JSON.stringify({ kind: 'oauth', name: 'ChatGPT' }) })
    .where('user_id', '=', ada.user_id)
    .where('key', '=', 'b')
    .execute()
  for (const [query, keys] of [
    ['namespace=work', ['a']],
    ['type=fact', ['a']],
    ['tag=x', ['b', 'a']],
    ['tag=y', ['a']],
    ['app=ChatGPT', ['b']],
    ['when=May+2024', ['b']],
    ['namespace=none', []],
    ['q=plan&app=ChatGPT', ['b']],
    ['q=plan&when=May+2024', ['b']],
    ['q=plan&namespace=work', ['a']]
  ] as Array<[string, string[]]>) {
    const page = await visitor.get(`/memories?${query}`)
    t.same(keysIn(page.html).sort(), keys.sort(), query)
  }
  for (const query of ['when=soonish', 'q=plan&when=soonish']) {
    const page = await visitor.get(`/memories?${query}`)
    t.equal(page.status, 400)
    t.match(page.html, /id="when-problem"[^]*This time is not clear/)
    t.match(page.html, 'value="soonish"', 'what was typed is kept')
  }
})

t.test('deleted memories are listed, and double ones stand side by side', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  await remember(running, ada.user_id, {
    favourite_colour: 'The favourite colour is blue',
    'favourite-colour': 'The favourite colour is green',
    tea_1: 'Drinks sencha tea.',
    morning: 'drinks sencha TEA',
    address: 'Lives in Lyon',
    address_new: 'Lives in Nice since May'
  })
  await callAs(running, ada.user_id, 'graph_link', {
    from: 'address_new',
    to: 'address',
    type: 'contradicts'
  })
  const { html } = await visitor.get('/memories/duplicates')
  t.match(html, /contradict each other[^]*say the same[^]*easily confused/)
  t.match(html, /They say the same[^]*morning[^]*tea_1/)
  const ids = await idsOf(running, ada, 'tea_1', 'address')
  await change(visitor, ids, { action: 'delete' })
  const deleted = await visitor.get('/memories/deleted')
  t.same(keysIn(deleted.html).sort(), ['address', 'tea_1'])
  t.match(deleted.html, /Lives in Lyon[^]*deleted by Console/)
  t.notMatch((await visitor.get('/memories/duplicates')).html, /They say the same|They contradict/)
  const stranger = await running.signedIn((await running.person()).email)
  for (const path of ['/memories/deleted', '/memories/duplicates', '/memories?q=tea']) {
    t.notMatch((await stranger.get(path)).html, /sencha|Lyon/, path)
  }
})

t.test('text of others is shown as text in every list', async (t) => {
  const ada = await running.person()
  const visitor = await running.signedIn(ada.email)
  const store = (key: string) =>
    callAs(running, ada.user_id, 'memory_store', {
      key,
      value: `tea ${hostile}`,
      tags: [hostile],
      agent_name: hostile.slice(0, 60),
      type: hostile.slice(0, 40)
    })
  await store(hostile)
  await store(`${hostile} again`)
  for (const path of ['/memories', '/memories?q=tea', '/memories/duplicates']) {
    const page = await visitor.get(path)
    t.equal(page.status, 200)
    t.notMatch(page.html, /<script>alert|\u202e/, path)
    t.match(page.html, '&lt;script&gt;alert(1)', path)
  }
})
