import t from 'tap'
import { consoleRoutes, fillPath } from '../support/console-routes.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'

const running = await runService(t)
const { app } = running

const routes = consoleRoutes(app)

const owner = await running.person('owner@example.org', 'admin')
const attacker = await running.person('attacker@example.org')
const ownerBrowser = await running.signedIn(owner.email)
const attackerBrowser = await running.signedIn(attacker.email)
const client = await connectClient(t, running.url, (await running.key(owner)).key)
await call(client, 'memory_store', { key: 'secret', value: 'The heron nests at noon' })
await call(client, 'coding_start_session', { project_id: 'heronry', description: 'heron work' })
await call(client, 'memory_list', {})

/** A value of each parameter of a URL that belongs to the owner. A new parameter needs one here. */
async function ownersValues(): Promise<Record<string, string>> {
  const memory = await app.db
    .selectFrom('memories')
    .select('memory_id')
    .where('user_id', '=', owner.user_id)
    .where('key', '=', 'secret')
    .executeTakeFirstOrThrow()
  const session = await app.db
    .selectFrom('coding_sessions')
    .select('session_id')
    .where('user_id', '=', owner.user_id)
    .executeTakeFirstOrThrow()
  const key = await app.db
    .selectFrom('api_keys')
    .select('key_id')
    .where('user_id', '=', owner.user_id)
    .executeTakeFirstOrThrow()
  const apps = await ownerBrowser.get('/apps')
  const appId = /href="\/apps\/([^"/?]+)" data-item/.exec(apps.html)?.[1] ?? key.key_id
  const activity = await ownerBrowser.get('/activity')
  const callId = /href="\/activity\/calls\/([^"/?]+)"/.exec(activity.html)?.[1] ?? 'none'
  return {
    memory_id: memory.memory_id,
    version: '1',
    project_id: 'heronry',
    session_id: session.session_id,
    app_id: decodeURIComponent(appId),
    call: callId,
    client_id: 'chatgpt-connector',
    user_id: owner.user_id,
    client: 'claude-code',
    import_id: 'none'
  }
}
const values = await ownersValues()
/** Parameters that name no property of a person. */
const sharedParameters = new Set(['client', 'client_id'])

const fill = (path: string) => fillPath(path, values)
const csrfOf = async (browser: Visitor) =>
  (await browser.get('/projects')).forms.find(({ action }) => action === '/logout')!.fields
const state = async () =>
  JSON.stringify([
    await app.db.selectFrom('memories').selectAll().orderBy('memory_id').execute(),
    await app.db.selectFrom('coding_sessions').selectAll().execute(),
    await app.db
      .selectFrom('api_keys')
      .select(['key_id', 'name', 'revoked_at', 'scope'])
      .orderBy('key_id')
      .execute(),
    await app.db
      .selectFrom('users')
      .select(['user_id', 'email', 'name', 'role', 'disabled_at', 'password_hash'])
      .orderBy('user_id')
      .execute()
  ])

t.test('a page needs a sign-in, and carries the headers of the console', async (t) => {
  t.ok(routes.length > 60, 'the routes are read')
  for (const { path, methods } of routes.filter((route) => route.methods.includes('GET'))) {
    const answer = await new Visitor(running.url).request(fill(path))
    t.equal(answer.status, 303, `${path} ${methods.join()}`)
    t.match(answer.headers.get('location'), /^\/(login|settings|apps|activity|connect)/, path)
    const signedIn = await ownerBrowser.request(fill(path))
    t.ok(signedIn.status < 500, `${path}: ${signedIn.status}`)
    if (signedIn.status !== 200 || !/html/.test(signedIn.headers.get('content-type')!)) continue
    t.match(signedIn.headers.get('cache-control'), /no-store|private/, path)
    const policy = signedIn.headers.get('content-security-policy')!
    t.match(policy, /^default-src 'none'; style-src 'self'; /, path)
    t.notMatch(policy, /unsafe|\*|http/, path)
    t.match(policy, "frame-ancestors 'none'", path)
  }
})

t.test('a form without its secret, or from another site, changes nothing', async (t) => {
  const before = await state()
  const csrf = await csrfOf(ownerBrowser)
  for (const { path } of routes.filter((route) => route.methods.includes('POST'))) {
    const url = fill(path)
    t.equal((await ownerBrowser.post(url, {})).status, 403, `${path} without csrf`)
    const foreign = await ownerBrowser.post(url, csrf, {
      'sec-fetch-site': 'cross-site',
      origin: 'https://evil.example'
    })
    t.equal(foreign.status, 403, `${path} from another site`)
    const signedOut = await new Visitor(running.url).post(url, csrf)
    const isRefused = /^40[13]$/.test(String(signedOut.status)) || /\/login/.test(signedOut.url)
    t.ok(isRefused, `${path} signed out: ${signedOut.status}`)
  }
  t.equal(await state(), before)
})

t.test('nobody reaches what another person owns by its id', async (t) => {
  const before = await state()
  const csrf = await csrfOf(attackerBrowser)
  const foreign = routes.filter(({ path }) => /:(?!client\b)/.test(path))
  t.ok(foreign.length > 20)
  for (const { path, methods } of foreign) {
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
    const isAdministration = path.startsWith('/admin/')
    if (names.every((name) => sharedParameters.has(name)) && !isAdministration) continue
    const url = fill(path)
    const expected = isAdministration ? 403 : 404
    if (methods.includes('GET')) {
      const page = await attackerBrowser.get(url)
      t.equal(page.status, expected, `GET ${path}`)
      t.notMatch(page.html, 'heron nests', path)
    }
    if (methods.includes('POST')) {
      const answer = await attackerBrowser.post(url, csrf)
      t.match(answer.status, /^4(00|03|04|09)$/, `POST ${path}: ${answer.status}`)
      t.notMatch(answer.html, 'heron nests', path)
    }
  }
  t.equal(await state(), before)
})

t.test('a person who is no administrator gets no page of administrators', async (t) => {
  const csrf = await csrfOf(attackerBrowser)
  for (const { path, methods } of routes.filter((route) => route.path.startsWith('/admin/'))) {
    if (methods.includes('GET')) t.equal((await attackerBrowser.get(fill(path))).status, 403, path)
    if (methods.includes('POST')) {
      t.equal((await attackerBrowser.post(fill(path), csrf)).status, 403, path)
    }
  }
})
