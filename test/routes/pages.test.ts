import t from 'tap'
import { call, connectClient } from '../support/mcp-client.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'

const running = await runService(t)
const { db } = running.app

/** Stores a memory for a new user, and returns the address under which `search` cites it. */
async function citation(value: string) {
  const user = await running.person()
  const client = await connectClient(t, running.url, (await running.key(user)).key)
  await call(client, 'memory_store', { key: 'citation', value, tags: ['<i>bird</i>'] })
  const { structured } = await call(client, 'search', { query: 'heron' })
  const { pathname } = new URL(structured.results[0].url)
  return { user, client, pathname }
}

t.test('the address that search cites shows the memory to its owner, as text', async (t) => {
  const { user, pathname } = await citation('A heron <script>alert(1)</script>\nsecond line')
  const page = await (await running.signedIn(user.email)).get(pathname)
  t.equal(page.status, 200)
  t.equal(page.headers.get('cache-control'), 'no-store')
  t.match(page.html, 'A heron &lt;script&gt;alert(1)&lt;/script&gt;<br>\nsecond line')
  t.match(page.html, '&lt;i&gt;bird&lt;/i&gt;')
  t.notMatch(page.html, /<script>|<i>bird/)
  t.match(page.html, /<dt>Saved by<\/dt><dd><a [^>]*><bdi>test</)
  const [row] = await db
    .selectFrom('memories')
    .select('access_count')
    .where('user_id', '=', user.user_id)
    .execute()
  t.equal(row?.access_count, 0, 'looking at it counts as no use')
})

t.test(
  'who is not signed in comes to the memory through sign-in; others and unknown ids get 404',
  async (t) => {
    const { user, pathname } = await citation('A heron again')
    const visitor = new Visitor(running.url)
    const login = await visitor.get(pathname)
    t.match(login.html, 'to see the memory that you opened')
    t.match(
      (await visitor.submit(login, { email: user.email, password: PASSWORD })).html,
      'A heron again'
    )
    const stranger = await running.signedIn((await running.person()).email)
    for (const path of [
      pathname,
      '/memories/none',
      '/memories/%00',
      `/memories/${'x'.repeat(90)}`
    ]) {
      const page = await stranger.get(path)
      t.equal(page.status, 404, path)
      t.notMatch(page.html, 'A heron again')
    }
  }
)

t.test('a deleted memory says when it was deleted and how to have it back', async (t) => {
  const { user, client, pathname } = await citation('A heron that flew away')
  await call(client, 'memory_delete', { key: 'citation' })
  const page = await (await running.signedIn(user.email)).get(pathname)
  t.equal(page.status, 410)
  t.match(page.html, /This memory was deleted[^]*You can restore it until[^]*>Restore</)
  t.notMatch(page.html, 'flew away')
})

t.test('the MCP URL in a browser says how to connect; clients are answered as ever', async (t) => {
  for (const path of [
    '/api/v1/mcp/sse',
    '/mcp',
    '/mcp/sse',
    '/api/v1/mcp',
    '/api/v1/mcp/key',
    '/mcp/'
  ]) {
    const page = await fetch(running.url + path, {
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    })
    t.equal(page.status, 200, path)
    t.match(page.headers.get('content-type'), /text\/html/)
    t.match(await page.text(), /How to connect[^]*Sign in/, path)
  }
  const refused: Array<Record<string, string>> = [
    {},
    { accept: '*/*' },
    { accept: 'text/event-stream' },
    { accept: 'text/html, text/event-stream' },
    { accept: 'text/html', 'mcp-protocol-version': '2025-06-18' },
    { accept: 'text/html', authorization: 'Bearer kga_none' }
  ]
  for (const headers of refused) {
    const answer = await fetch(`${running.url}/mcp`, { headers })
    t.equal(answer.status, 401, JSON.stringify(headers))
    t.match(answer.headers.get('www-authenticate'), /^Bearer/)
  }
  t.equal(
    (await fetch(`${running.url}/mcp`, { method: 'POST', headers: { accept: 'text/html' } }))
      .status,
    401
  )
})

t.test('the address of a form asks, or says that there is nothing to do', async (t) => {
  const visitor = await running.signedIn((await running.person()).email)
  const paths = [
    '/apps/keys/revoke?key_id=none',
    '/apps/revoke?grant_id=none',
    '/apps/revoke?client_id=%00'
  ]
  for (const path of paths) t.match((await visitor.get(path)).html, /nothing to (do|revoke)/, path)
  for (const path of ['/activity/forget', '/logout']) {
    t.match((await visitor.get(path)).html, /<h1><bdi>[^<]*\?<\/bdi>/, path)
    t.match((await new Visitor(running.url).get(path)).html, /Sign in|signed out/, path)
  }
})

t.test('a phone can install the console: the manifest names icons that exist', async (t) => {
  const user = await running.person()
  const { html } = await (await running.signedIn(user.email)).get('/')
  const links = [...html.matchAll(/<link rel="(manifest|apple-touch-icon)" href="([^"]+)">/g)]
  const address = new Map(links.map(([, rel, href]) => [rel, `${running.url}${href}`]))
  const answer = await fetch(address.get('manifest')!)
  t.equal(answer.headers.get('content-type'), 'application/manifest+json')
  const manifest = (await answer.json()) as { name: string; icons: Array<{ src: string }> }
  t.equal(manifest.name, 'Kagura Memory')
  const icons = [
    ...manifest.icons.map(({ src }) => running.url + src),
    address.get('apple-touch-icon')!
  ]
  for (const icon of icons) {
    const { status, headers } = await fetch(icon)
    t.match([status, headers.get('content-type')], [200, 'image/png'])
    t.match(headers.get('cache-control'), /immutable/)
  }
})

t.test('people who are not signed in read what their browser asks for', async (t) => {
  const headers = { accept: 'text/html', 'accept-language': 'ja,en;q=0.5' }
  for (const path of ['/login', '/nothing', '/api/v1/mcp/sse', '/logout']) {
    const html = await (await fetch(running.url + path, { headers })).text()
    t.match(html, '<html lang="ja">', path)
    t.match(html, /<h1>[^<]*[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]/u, path)
  }
  const json = { accept: 'application/json', 'accept-language': 'ja' }
  t.match(
    await (await fetch(`${running.url}/nothing`, { headers: json })).text(),
    'There is nothing'
  )
})
