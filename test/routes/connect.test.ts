import t from 'tap'
import { connectClients, namedClient } from '../../domain/connect/clients.ts'
import { clientLink } from '../../domain/connect/recipes.ts'
import { reachOf } from '../../lib/public-url.ts'
import { catalogues } from '../../views/texts/index.ts'
import { initialize, post, toolsCall } from '../support/mcp-client.ts'
import { approve, redeem, register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import type { Page } from '../support/visitor.ts'

const running = await runService(t)
const keyIn = ({ html }: Page) => /kagura_[\w-]{43}/.exec(html)?.[0]
const livePath = ({ html }: Page) => /data-live="([^"]+)"/.exec(html)?.[1]
const keyForm = (page: Page) => page.forms.find(({ action }) => action.endsWith('/key'))!
const store = toolsCall('memory_store', { key: 'color', value: 'My favorite color is blue.' })

t.test('a newcomer connects Claude Code by a key, and sees each step happen', async (t) => {
  const { email } = await running.person()
  const visitor = await running.signedIn(email)
  const home = await visitor.get('/')
  t.match(home.html, /Three steps to begin/)
  t.match(home.html, /Only this computer can connect/)
  t.equal(livePath(home), '/?checklist=1')

  const page = await visitor.get('/connect/claude-code')
  const path = livePath(page)!
  t.match(path, /^\/connect\/claude-code\?since=20/)
  t.match(page.html, /Waiting for Claude Code…/)
  const checkNow = /href="([^"]+)">Check now/.exec(page.html)?.[1]
  t.equal(checkNow, path, 'without a fragment, which would not load the page again')
  const made = await visitor.send(keyForm(page))
  const key = keyIn(made)!
  t.equal(new URL(made.url).pathname + new URL(made.url).search, path, 'it still watches')
  t.match(made.html, `--header &quot;Authorization: Bearer ${key}&quot;`)
  t.match(made.html, /The key is ready and was not used yet/)
  t.equal(keyIn(await visitor.get(path)), undefined, 'the key is shown once')
  const again = await visitor.send(keyForm(page))
  t.match([again.status, keyIn(again)], [409, undefined], 'one form creates one key')

  t.equal((await post(`${running.url}/mcp`, key, initialize)).status, 200)
  t.match((await visitor.get(path)).html, /Claude Code is connected/)
  await post(`${running.url}/mcp`, key, store)
  t.match(await laterPage(() => visitor.get(path), /First call: memory_store/), /It works/)
  t.equal(livePath(await visitor.get(path)), undefined, 'nothing more will change')

  const test = (await visitor.get(path)).forms.find(({ action }) => action.endsWith('/test'))!
  const tested = await visitor.send(test)
  t.match(tested.html, /All checks passed/)
  t.match(tested.html, /They do not show that others can reach it/)
  t.equal((await visitor.send(test)).status, 429, 'a person tests once in five seconds')

  const done = await visitor.get('/?checklist=1')
  t.match(done.html, /All done/)
  t.match(done.html, /My favorite color is blue\./)
  t.notMatch((await visitor.get('/')).html, /All done|Three steps/)
  t.match((await visitor.get('/connect')).html, /Claude Code<\/b>\s*<span class="soft">last used/)
})

t.test(
  'an app that signs in is connected at once; another person sees nothing of it',
  async (t) => {
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const client = await register(running, { id: 'chatgpt-connector' })
    const path = livePath(await visitor.get('/connect/chatgpt'))!
    t.match((await visitor.get(path)).html, /Waiting for ChatGPT/)
    const { access_token: token } = await redeem(
      running.url,
      client,
      await approve(visitor, client)
    )
    t.match((await visitor.get(path)).html, /ChatGPT is connected/)
    await post(`${running.url}/mcp`, String(token), store)
    await laterPage(() => visitor.get(path), /First call: memory_store/)
    const later = path.replace(/since=.*/, `since=${new Date().toISOString()}`)
    t.match((await visitor.get(later)).html, /Waiting for its first call/, 'calls since then count')

    const stranger = await running.signedIn((await running.person()).email)
    t.match((await stranger.get(path)).html, /Waiting for ChatGPT/)
  }
)

t.test('wrong addresses, forged forms and old proofs are refused', async (t) => {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  for (const path of ['nothing', 'nothing/key', '..%2Fadmin/test']) {
    t.equal((await visitor.get(`/connect/${path}`)).status, 404)
  }
  t.equal((await visitor.get('/connect/zed/key')).url, `${running.url}/connect/zed`)
  for (const since of ['soon', '2019-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z', '\u0000']) {
    const page = await visitor.get(`/connect/zed?since=${encodeURIComponent(since)}`)
    t.equal(page.status, 200)
    t.notMatch(livePath(page), since)
  }
  t.equal((await visitor.post('/connect/zed/key', { form: 'x' })).status, 403)
  t.equal((await visitor.post('/connect/zed/test', {})).status, 403)
  const page = await visitor.get('/connect/zed')
  const form = keyForm(page)
  t.equal((await visitor.post('/connect/chatgpt/key', form.fields)).status, 404, 'it needs no key')
  await running.app.db
    .updateTable('sessions')
    .set({ authenticated_at: new Date(0) })
    .where('user_id', '=', user.user_id)
    .execute()
  const question = await visitor.send(form)
  t.match(question.url, '/reauthenticate?return_to=%2Fconnect%2Fzed%3Fsince%3D')
  const keys = running.app.db.selectFrom('api_keys').where('user_id', '=', user.user_id)
  t.same(await keys.selectAll().execute(), [])
})

t.test('every client has its steps in both languages, and links that it can read', (t) => {
  for (const { id, parts, proof } of connectClients) {
    t.equal(catalogues.en.connect.clients[id].steps.length, parts.length, id)
    t.equal(catalogues.ja.connect.clients[id].steps.length, parts.length, id)
    t.equal((parts as readonly string[]).includes('key'), proof === 'key', id)
  }
  t.ok(connectClients.length >= 10)
  t.same(
    ['Claude Code (kagura)', 'Claude', 'Visual Studio Code', 'Gemini CLI MCP Client'].map(
      namedClient
    ),
    ['claude-code', 'claude', 'vscode', 'gemini-cli']
  )
  const mcpUrl = 'https://memory.example.org/api/v1/mcp/sse'
  const links = { mcpUrl, keyUrl: mcpUrl }
  const cursor = new URL(clientLink('cursor', links)!)
  t.same(JSON.parse(atob(cursor.searchParams.get('config')!)), { url: mcpUrl })
  const vscode = decodeURIComponent(clientLink('vscode', links)!.split('?')[1]!)
  t.match(JSON.parse(vscode), { name: 'kagura', type: 'http', url: mcpUrl })
  t.same(
    [
      'https://memory.example.org',
      'https://memory.example.org:8443',
      'http://memory.example.org',
      'https://nas.local',
      'https://192.168.1.5',
      'http://localhost:3000'
    ].map(reachOf),
    ['internet', 'wrong_port', 'no_https', 'network', 'network', 'computer']
  )
  t.end()
})

/** The page once it matches; calls are recorded a moment after their answer. */
async function laterPage(open: () => Promise<Page>, expected: RegExp): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const { html } = await open()
    if (expected.test(html) || attempt === 50) return html
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
