import { createServer } from 'node:http'
import { sql } from 'kysely'
import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser } from '../support/browser.ts'
import { fillPath } from '../support/console-routes.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { listenOnLoopback } from '../support/port.ts'
import { listRoutes } from '../support/route-table.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'
import { addSession, fillSignIn, heading, openWindow } from './window.ts'

const running = await runService(t)
const { app, url } = running
const browser = await openBrowser(t)
const person = await running.person('person@example.org', 'admin')
const { key, key_id: keyId } = await running.key(person)
const client = await connectClient(t, url, key)
await call(client, 'memory_store', { key: 'heron', value: 'It nests at the mill' })
await call(client, 'coding_start_session', { project_id: 'heronry', description: 'Walk' })
const { memory_id: memoryId } = await app.db
  .selectFrom('memories')
  .select('memory_id')
  .executeTakeFirstOrThrow()
const { session_id: sessionId } = await app.db
  .selectFrom('coding_sessions')
  .select('session_id')
  .executeTakeFirstOrThrow()

/** A value of each parameter of a URL. A new parameter needs one here. */
const values = {
  memory_id: memoryId,
  version: '1',
  project_id: 'heronry',
  session_id: sessionId,
  app_id: keyId,
  call: '1',
  client_id: 'chatgpt-connector',
  user_id: person.user_id,
  client: 'claude-code',
  import_id: 'none',
  name: 'memory_store',
  file: 'marketplace.json'
}
const routes = listRoutes(app).map((route) => {
  const [, path, methods] = /^(\S+) \((.*)\)$/.exec(route)!
  return { path: path!, methods: methods!.split(', ') }
})
const pathsOf = (method: string) =>
  routes
    .filter(({ path, methods }) => path !== '*' && methods.includes(method))
    .map(({ path }) => fillPath(path, values))
/** Programs without a cookie send these; what they do does not depend on a browser. */
const programPaths = /^\/(api|mcp|authorize|token|register|revoke)\b/

/** A frame of a download never loads. */
const downloads = ['/activity/export', '/admin/audit/csv']

/** An empty page of an attacker: at another port of the same site, and at another site. */
const server = createServer((_, response) =>
  response.setHeader('content-type', 'text/html').end('<title>Attack</title><body>')
)
const port = await listenOnLoopback(server)
t.teardown(() => server.close())
const sameSite = `http://localhost:${port}/`
const otherSite = `http://127.0.0.1:${port}/`

/** A window of the person, who is signed in and has the page of the attacker open. */
async function openAttack(attacker: string) {
  const { context, page } = await openWindow(t, browser)
  const cookie = await addSession(context, running, person)
  const tab = await context.newPage()
  await tab.goto(`${url}/memories`)
  const csrf = await tab.locator('[name=csrf]').first().inputValue()
  await page.goto(attacker)
  return { page, tab, csrf, cookie }
}

/** Sends every form from the page into a frame, and returns "status path location" of each. */
async function sendForms(page: Page, paths: string[], fields: object): Promise<string[]> {
  const answers: string[] = []
  page.on('response', (response) => {
    if (response.request().method() !== 'POST') return
    const location = response.headers()['location'] ?? ''
    answers.push(`${response.status()} ${new URL(response.url()).pathname} ${location}`)
  })
  await page.evaluate(`for (const path of ${JSON.stringify(paths)}) {
    const frame = Object.assign(document.createElement('iframe'), { name: path })
    document.body.append(frame)
    const form = document.body.appendChild(document.createElement('form'))
    const enctype = path.endsWith('/import') ? 'multipart/form-data' : ''
    const attributes = { method: 'post', action: '${url}' + path, target: path, enctype }
    for (const entry of Object.entries(attributes)) form.setAttribute(...entry)
    for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
      const input = form.appendChild(document.createElement('input'))
      Object.assign(input, { name, value })
    }
    form.submit()
  }`)
  for (let tries = 0; tries < 200 && answers.length < paths.length; tries++) {
    await page.waitForTimeout(50)
  }
  const missing = paths.filter((path) => !answers.some((answer) => answer.includes(` ${path} `)))
  return [...answers, ...missing.map((path) => `no answer ${path}`)]
}

/** Every row of every table, without the tables that note attempts and sign-ins. */
async function readState(): Promise<Record<string, string[]>> {
  const tables = await app.db.introspection.getTables()
  const notes = ['attempts', 'audit_logs', 'page_notices', 'sessions', 'users', 'tool_calls']
  const kept = tables.map(({ name }) => name).filter((name) => !notes.includes(name))
  const state: Record<string, string[]> = {}
  for (const name of [...kept, '(select email, name, role, disabled_at from users)']) {
    const table = name.startsWith('(') ? sql.raw(name) : sql.table(name)
    const { rows } = await sql<{ text: string }>`select t::text as text from ${table} as t`.execute(
      app.db
    )
    state[name] = rows.map(({ text }) => text).sort()
  }
  return state
}

async function requireSignedIn(t: Test, tab: Page): Promise<void> {
  await tab.goto(`${url}/memories`)
  t.equal(await heading(tab), 'Memories')
  await tab.getByRole('link', { name: 'heron' }).waitFor()
}

t.test('forms of another port of the same site change nothing, even with the secret', async (t) => {
  const before = await readState()
  const { page, tab, csrf } = await openAttack(sameSite)
  const paths = pathsOf('POST')
  t.ok(paths.length > 80, 'the routes are read')
  const fields = { csrf, email: person.email, password: PASSWORD, action: 'delete' }
  for (const answer of await sendForms(page, paths, fields)) {
    t.match(answer, programPaths.test(answer.slice(4)) ? /^4/ : /^403 /)
  }
  t.strictSame(await readState(), before)
  await requireSignedIn(t, tab)
})

t.test('forms of another site come without the session', async (t) => {
  const before = await readState()
  const { page, tab, csrf } = await openAttack(otherSite)
  const paths = ['/memories/change', '/settings/profile', '/login', '/logout', '/memories/new']
  for (const answer of await sendForms(page, paths, { csrf })) {
    t.match(answer, /^403 |^303 .* \/login\?/)
  }
  t.strictSame(await readState(), before)
  await requireSignedIn(t, tab)
})

/** Opens each path in a frame of the page, and the page itself for "". Waits for all of them. */
async function openFrames(page: Page, paths: string[]): Promise<void> {
  await page.evaluate(`Promise.all(${JSON.stringify(paths)}.map((path) => {
    const frame = document.createElement('iframe')
    frame.src = path === '' ? location.href : '${url}' + path
    const ended = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 20000) })
    document.body.append(frame)
    return ended
  }))`)
}

t.test('no page can be framed, and no frame takes the message of a page', async (t) => {
  const { page, tab, csrf, cookie } = await openAttack(sameSite)
  const documents = new Set<string>()
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? ''
    if (type.startsWith('text/html')) documents.add(response.url())
  })
  await openFrames(page, ['', ...pathsOf('GET').filter((path) => !downloads.includes(path))])
  t.ok(documents.size > 60, `${documents.size} pages`)
  const visible = page.frames().filter((frame) => frame.parentFrame() && documents.has(frame.url()))
  t.same(
    visible.map((frame) => frame.url()),
    [sameSite]
  )
  const visitor = new Visitor(url)
  visitor.cookies.set('kagura_session', cookie)
  const body = new URLSearchParams({ csrf, timezone: 'Asia/Tokyo' })
  await visitor.request('/settings/timezone', { method: 'POST', body })
  await openFrames(page, ['/settings'])
  await requireSignedIn(t, tab)
  t.match(await tab.getByRole('status').innerText(), 'Asia/Tokyo')
})

t.test('a script of another origin reads nothing with the session', async (t) => {
  const before = await readState()
  const { page, tab } = await openAttack(sameSite)
  const read = (method: string, paths: string[]) =>
    page.evaluate(`Promise.all(${JSON.stringify(paths)}.map((path) => {
      const init = { method: '${method}', credentials: 'include' }
      if (init.method === 'POST') {
        init.body = '{"key":"heron","value":"stolen"}'
        init.headers = { 'content-type': 'application/json' }
      }
      return fetch('${url}' + path, init).then(() => path, () => '')
    })).then((paths) => paths.filter(Boolean))`)
  t.same(await read('GET', pathsOf('GET')), [])
  t.same(await read('POST', pathsOf('POST')), [])
  await page.goto(otherSite)
  t.same(await read('GET', ['/memories', '/api/v1/tools', '/mcp', '/openapi.json']), [])
  await requireSignedIn(t, tab)
  t.strictSame(await readState(), before)
})

t.test('a session that was planted before the sign-in opens nothing after it', async (t) => {
  const attacker = await running.person()
  const { context, page } = await openWindow(t, browser)
  const planted = await addSession(context, running, attacker)
  await page.goto(`${url}/login`)
  await fillSignIn(page, person.email)
  const sessionOf = async (context: BrowserContext) =>
    (await context.cookies()).find(({ name }) => name === 'kagura_session')
  const session = await sessionOf(context)
  t.match(session, { httpOnly: true, sameSite: 'Lax', value: /^[\w-]{43}$/ })
  t.not(session!.value, planted)
  const { context: attackerContext, page: attackerPage } = await openWindow(t, browser)
  await attackerContext.addCookies([{ name: 'kagura_session', value: planted, url }])
  await attackerPage.goto(`${url}/memories`)
  t.match(attackerPage.url(), /\/login\?/)
})
