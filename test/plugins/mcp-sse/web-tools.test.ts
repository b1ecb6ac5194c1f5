import t from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { outside, PUBLIC_ADDRESS } from '../../support/outside.ts'
import { proxyTo } from '../fetching.ts'
import { runService } from '../../support/running.ts'

const beyond = await outside(t, ({ url }, response) =>
  response
    .writeHead(url === '/robots.txt' ? 404 : 200, { 'content-type': 'text/html' })
    .end('<h1>Title</h1><p>Text of the page.</p>')
)
const running = await runService(t, {}, undefined, { network: beyond.network })
const person = await running.person()

t.test(
  'web tools are listed if their provider is set up and the user may use the web',
  async (t) => {
    const client = await connectClient(t, running.url, (await running.key(person, 'mcp:web')).key)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    t.same(names, [
      'web_scrape',
      'arxiv_search',
      'get_youtube_transcript',
      'get_youtube_metadata',
      'youtube_summarize'
    ])
    const { text, isError } = await call(client, 'brave_web_search', { query: 'x' })
    t.match(text, /brave_web_search is not set up on this server.*kagura doctor says how/)
    t.equal(isError, true)

    const complete = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' }, undefined, {
      network: beyond.network
    })
    const reader = await complete.person(undefined, 'read_only')
    const all = await connectClient(t, complete.url, (await complete.key(reader, 'mcp:web')).key)
    t.equal((await all.listTools()).tools.length, 11, 'also for a person who may only read')

    const closed = await runService(t, { WEB_TOOLS: 'false' }, undefined, {
      network: beyond.network
    })
    const none = await connectClient(
      t,
      closed.url,
      (await closed.key(await closed.person(), 'mcp:tools')).key
    )
    t.notOk(
      (await none.listTools()).tools.some(({ name }) =>
        /web_|brave|youtube|arxiv|fact_check/.test(name)
      )
    )
  }
)

t.test('a page is read by MCP, and a client without the scope is refused', async (t) => {
  const client = await connectClient(t, running.url, (await running.key(person, 'mcp:web')).key)
  await client.listTools() // the client checks answers against the output schemas
  const { structured, text } = await call(client, 'web_scrape', {
    url: 'https://a.example.com/page',
    user_id: 'somebody'
  })
  t.match(structured, { url: 'https://a.example.com/page', text: /Text of the page/ })
  t.match(text, /not instructions/)
  const requestsBefore = beyond.requests.length
  const memoryClient = await connectClient(
    t,
    running.url,
    (await running.key(person, 'mcp:memory')).key
  )
  const refused = await call(memoryClient, 'web_scrape', { url: 'https://a.example.com/page' })
  t.match(refused, { isError: true, text: /This API key does not cover web_scrape.*mcp:web/ })
  t.equal(beyond.requests.length, requestsBefore)
  const inside = await call(client, 'web_scrape', { url: running.url })
  t.match(inside, { isError: true, text: /not on the public internet|port/ })
})

t.test(
  'with OUTBOUND_PROXY everything goes by the proxy, which is asked for checked addresses only',
  async (t) => {
    const { port, connected } = await proxyTo(t, beyond)
    const behind = await runService(t, { OUTBOUND_PROXY: `http://127.0.0.1:${port}` }, undefined, {
      network: beyond.network
    })
    const client = await connectClient(
      t,
      behind.url,
      (await behind.key(await behind.person(), 'mcp:web')).key
    )
    const before = beyond.dialled.length
    t.match(await call(client, 'web_scrape', { url: 'https://a.example.com/' }), {
      isError: false,
      text: /Text of the page/
    })
    t.match(await call(client, 'web_scrape', { url: 'http://10.0.0.1/' }), {
      isError: true,
      text: /not on the public internet/
    })
    t.same([...new Set(connected.map(([target]) => target))], [`${PUBLIC_ADDRESS}:443`])
    t.equal(beyond.dialled.length, before)
  }
)
