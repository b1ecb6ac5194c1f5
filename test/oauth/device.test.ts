import t from 'tap'
import { issueClient } from '../../db/oauth-clients.ts'
import { call, connectClient } from '../mcp-client.ts'
import { type Answer, type OAuthClient, refresh, register } from '../oauth-client.ts'
import { runService } from '../running.ts'
import type { Page, Visitor } from '../visitor.ts'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const running = await runService(t)
const { app, url } = running

interface Asked { device_code: string, user_code: string, verification_uri: string, verification_uri_complete: string, interval: number, expires_in: number }

async function deviceClient (): Promise<OAuthClient> {
  const id = `device-${crypto.randomUUID()}`
  await issueClient(app.db, id, { client_name: 'Terminal', redirect_uris: [], grant_types: [DEVICE_GRANT, 'refresh_token'], scope: 'mcp:tools', token_endpoint_auth_method: 'none' })
  return { client_id: id, redirect_uri: '' }
}

async function post (path: string, form: Record<string, string>): Promise<Answer> {
  const answer = await fetch(url + path, { method: 'POST', body: new URLSearchParams(form) })
  return { ...await answer.json() as object, status: answer.status, headers: answer.headers }
}

async function ask (client: OAuthClient, form: Record<string, string> = {}): Promise<Asked & Answer> {
  return await post('/api/v1/oauth/device_authorization', { client_id: client.client_id, ...form }) as Asked & Answer
}

function poll (client: OAuthClient, { device_code: code }: Asked): Promise<Answer> {
  return post('/api/v1/oauth/token', { grant_type: DEVICE_GRANT, device_code: code, client_id: client.client_id })
}

async function enter (visitor: Visitor, userCode: string): Promise<Page> {
  return visitor.submit(await visitor.get('/device'), { user_code: userCode })
}

function decide (visitor: Visitor, consent: Page, decision: 'approve' | 'deny', scope?: string[]): Promise<Page> {
  const [form] = consent.forms
  const fields = form!.fields.filter(([name, value]) => name !== 'scope' || scope === undefined || scope.includes(value))
  return visitor.post(form!.action, [...fields, ['decision', decision]])
}

async function visitor (): Promise<Visitor> {
  return running.signedIn((await running.person()).email)
}

const grantsOf = (client: OAuthClient) => app.db.selectFrom('oauth_grants').selectAll().where('client_id', '=', client.client_id).execute()
const rowOf = (client: OAuthClient) => app.db.selectFrom('oauth_device_codes').selectAll().where('client_id', '=', client.client_id).executeTakeFirstOrThrow()
const expire = (client: OAuthClient) => app.db.updateTable('oauth_device_codes').set({ expires_at: new Date(0) }).where('client_id', '=', client.client_id).execute()

t.test('a device without a browser gets from its code to a tool call, with what was ticked', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client, { scope: 'mcp:tools openid', resource: app.mcpUrl })
  t.equal(asked.status, 200)
  t.match(asked, { device_code: /^kgd_[\w-]{43}$/, user_code: /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/, verification_uri: `${url}/device`, interval: 5, expires_in: 900 })
  t.equal(asked.verification_uri_complete, `${url}/device?user_code=${asked.user_code}`)
  t.equal(asked.headers.get('cache-control'), 'no-store')
  t.match(await poll(client, asked), { status: 400, error: 'authorization_pending' })

  const person = await running.person()
  const browser = await running.signedIn(person.email)
  const consent = await enter(browser, ` ${asked.user_code.toLowerCase().replace('-', ' – ')}`)
  t.match(consent.html, /Terminal/)
  t.match(consent.html, /only if you started this yourself, just now/)
  t.match(consent.html, asked.user_code)
  t.match(consent.html, /127\.0\.0\.1/, 'the address that the request came from')
  const done = await decide(browser, consent, 'approve', ['mcp:memory'])
  t.match(done.html, /Go back to the device/)

  const tokens = await poll(client, asked)
  t.match(tokens, { status: 200, token_type: 'Bearer', scope: 'mcp:memory', expires_in: 3600 })
  const mcp = await connectClient(t, url, tokens.access_token)
  t.match((await call(mcp, 'memory_store', { key: 'k', value: 'v' })).structured, { user_id: person.user_id })
  t.equal((await refresh(url, client, tokens.refresh_token)).status, 200)
  t.match(await poll(client, asked), { status: 400, error: 'invalid_grant' }, 'a code works once')
})

t.test('the link with the code fills the form in, after signing in, and sends nothing by itself', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const browser = await visitor()
  browser.cookies.clear()
  const { email } = await running.person()
  const login = await browser.get(`/device?user_code=${asked.user_code}`)
  const page = await browser.submit(login, { email, password: 'a long enough password' })
  t.match(page.forms[0], { action: '/device' })
  t.same(page.forms[0]!.fields.find(([name]) => name === 'user_code'), ['user_code', asked.user_code])
  t.notMatch(page.html, 'Terminal')
  t.match((await browser.submit(page, {})).html, 'Terminal')
})

t.test('neither code is in the database in clear', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const stored = JSON.stringify(await rowOf(client))
  for (const secret of [asked.device_code, asked.user_code, asked.user_code.replace('-', '')]) t.notOk(stored.includes(secret))
})

t.test('a denial reaches the device, and deciding again changes nothing', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const browser = await visitor()
  const consent = await enter(browser, asked.user_code)
  t.match((await decide(browser, consent, 'deny')).html, /The device is told that you said no/)
  t.match(await decide(browser, consent, 'deny'), { status: 200 })
  t.match(await decide(browser, consent, 'approve'), { status: 410 })
  t.match(await poll(client, asked), { status: 400, error: 'access_denied' })
  t.same(await grantsOf(client), [])
})

t.test('approving without a box, or one that was not offered, grants nothing', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client, { scope: 'mcp:memory' })
  const browser = await visitor()
  const consent = await enter(browser, asked.user_code)
  const [form] = consent.forms
  t.equal((await browser.post('/device', [...form!.fields, ['scope', 'mcp:coding'], ['decision', 'approve']])).status, 400)
  t.match((await decide(browser, consent, 'approve', [])).html, /You denied/)
  t.same(await grantsOf(client), [])
})

t.test('who polls too fast is told to slow down, five seconds more each time, but gets an answer as soon as there is one', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  t.match(await poll(client, asked), { error: 'authorization_pending' })
  t.match(await poll(client, asked), { status: 400, error: 'slow_down' })
  t.match(await poll(client, asked), { error: 'slow_down' })
  t.equal((await rowOf(client)).interval_seconds, 15)
  const since = (seconds: number) => app.db.updateTable('oauth_device_codes').set({ last_polled_at: new Date(Date.now() - seconds * 1000) }).where('client_id', '=', client.client_id).execute()
  await since(10)
  t.match(await poll(client, asked), { error: 'slow_down' }, 'the longer interval is kept')
  await since(30)
  t.match(await poll(client, asked), { error: 'authorization_pending' })
  const browser = await visitor()
  await decide(browser, await enter(browser, asked.user_code), 'approve')
  t.equal((await poll(client, asked)).status, 200)
})

t.test('an expired code is expired for the device and for the person', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const browser = await visitor()
  const consent = await enter(browser, asked.user_code)
  await expire(client)
  t.match(await poll(client, asked), { status: 400, error: 'expired_token' })
  t.match(await decide(browser, consent, 'approve'), { status: 410, html: /expired/ })
  t.match(await enter(browser, asked.user_code), { status: 410, html: /expired/ })
  t.same(await grantsOf(client), [])
})

t.test('another client gets nothing and spends nothing', async (t) => {
  const [client, other] = [await deviceClient(), await deviceClient()]
  const asked = await ask(client)
  const browser = await visitor()
  await decide(browser, await enter(browser, asked.user_code), 'approve')
  t.match(await poll(other, asked), { status: 400, error: 'invalid_grant' })
  t.equal((await poll(client, asked)).status, 200)
})

t.test('of 32 polls at the same instant exactly one gets the tokens', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const browser = await visitor()
  await decide(browser, await enter(browser, asked.user_code), 'approve')
  const answers = await Promise.all(Array.from({ length: 32 }, () => poll(client, asked)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.ok(answers.every(({ status, error }) => status === 200 || (status === 400 && error === 'invalid_grant')))
  const winner = answers.find(({ status }) => status === 200)!
  await connectClient(t, url, winner.access_token)
})

t.test('one form sent eight times at once makes one grant, and every answer is the same page', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const browser = await visitor()
  const consent = await enter(browser, asked.user_code)
  const pages = await Promise.all(Array.from({ length: 8 }, () => decide(browser, consent, 'approve')))
  t.same([...new Set(pages.map(({ html }) => html))].length, 1)
  t.ok(pages.every(({ status }) => status === 200))
  t.equal((await grantsOf(client)).length, 1)
  t.match(await decide(browser, consent, 'deny'), { status: 410 }, 'an approval is taken back on the account page, not by the old form')
  t.match(await enter(await visitor(), asked.user_code), { status: 410, html: /used already/ })
})

t.test('the form is of one sign-in: after another it is refused, and so is one from another site or one made up', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const browser = await visitor()
  const consent = await enter(browser, asked.user_code)
  const [form] = consent.forms
  const other = await visitor()
  t.match(await decide(other, consent, 'approve'), { status: 403, html: /Account changed/ })
  t.equal((await browser.post('/device', [...form!.fields, ['decision', 'approve']], { 'sec-fetch-site': 'cross-site' })).status, 403)
  t.equal((await browser.post('/device', { form: 'e30.AAAA', decision: 'approve', scope: 'mcp:memory' })).status, 403)
  t.equal((await browser.post('/device', { user_code: asked.user_code })).status, 403, 'a code without the hidden value of our own page')
  browser.cookies.clear()
  t.match(await decide(browser, consent, 'approve'), { status: 200, html: /Sign in/ })
  t.same(await grantsOf(client), [])
})

t.test('guessing codes is slowed down for a sign-in and for an account, whatever valid codes are tried between', async (t) => {
  const { email } = await running.person()
  const browser = await running.signedIn(email)
  const client = await deviceClient()
  const own = await ask(client)
  for (let guess = 0; guess < 5; guess++) {
    t.equal((await enter(browser, own.user_code)).status, 200)
    t.match(await enter(browser, 'BBBB-BBBB'), { status: 400, html: /no such code/ })
  }
  const slowed = await enter(browser, 'BBBB-BBBB')
  t.match(slowed, { status: 429, html: /Too many codes were tried/ })
  t.ok(Number(slowed.headers.get('retry-after')) > 0)
  const second = await running.signedIn(email)
  for (let guess = 0; guess < 5; guess++) t.equal((await enter(second, 'BBBB-BBBB')).status, 400, 'another sign-in of the account')
  t.equal((await enter(await running.signedIn(email), 'BBBB-BBBB')).status, 429)
  t.equal((await enter(await visitor(), own.user_code)).status, 200, 'another person is not held up')
})

t.test('who may not use the flow is told so', async (t) => {
  const web = await register(running)
  t.match(await ask(web, { client_secret: web.client_secret! }), { status: 400, error: 'unauthorized_client', request_id: /./ })
  t.match(await ask(web), { status: 401, error: 'invalid_client' })
  const client = await deviceClient()
  t.match(await ask(client, { scope: 'openid' }), { status: 400, error: 'invalid_scope' })
  t.match(await ask(client, { resource: 'https://other.example/mcp' }), { status: 400, error: 'invalid_target' })
  const asked = await ask(client)
  await app.db.updateTable('oauth_clients').set({ disabled_at: new Date() }).where('client_id', '=', client.client_id).execute()
  t.equal((await enter(await visitor(), asked.user_code)).status, 400)
  t.match(await poll(client, asked), { status: 401, error: 'invalid_client' })
})

t.test('the metadata names the endpoint and the grant', async (t) => {
  const metadata = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json() as Record<string, unknown>
  t.equal(metadata.device_authorization_endpoint, `${url}/api/v1/oauth/device_authorization`)
  t.ok((metadata.grant_types_supported as string[]).includes(DEVICE_GRANT))
})
