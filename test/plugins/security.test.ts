import t from 'tap'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { authorizationUrl, decide, register } from '../support/oauth-client.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { Visitor } from '../support/visitor.ts'
import { captureLog } from '../support/service-log.ts'

const log = captureLog(t)

const running = await runService(t, { PUBLIC_URL: 'https://memory.example' })
const { app } = running
/** The address that the proxy connects to. */
const inside = app.listeningOrigin

async function signedIn(): Promise<Visitor> {
  const visitor = new Visitor(inside)
  await visitor.signIn((await running.person()).email, PASSWORD)
  return visitor
}

/** Runs a function with the clock of this process set back by some seconds. */
async function secondsAgo<T>(seconds: number, run: () => Promise<T>): Promise<T> {
  const { now } = Date
  Date.now = () => now() - seconds * 1000
  try {
    return await run()
  } finally {
    Date.now = now
  }
}

t.test(
  'over https every cookie is for this host only, for https only, and not for scripts',
  async (t) => {
    const user = await running.person()
    const body = new URLSearchParams({ email: user.email, password: PASSWORD })
    const visitor = new Visitor(inside)
    const answer = await visitor.request('/login', { method: 'POST', body })
    const cookies = answer.headers.getSetCookie()
    t.same(
      cookies.map((cookie) => cookie.split('=')[0]),
      ['__Host-kagura_session', '__Host-kagura_browser']
    )
    for (const cookie of cookies) {
      t.match(cookie, /; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      t.notMatch(cookie, /Domain/i)
    }
    t.equal((await visitor.request('/')).status, 200)
    const bare = new Visitor(inside)
    bare.cookies.set('kagura_session', visitor.cookies.get('__Host-kagura_session')!)
    t.equal((await bare.request('/')).status, 303, 'the name without its prefix is no session')
  }
)

t.test(
  'every route answers with nosniff and, over https, with Strict-Transport-Security',
  async (t) => {
    const routes = [
      ...routesOf(app.printRoutes({ commonPrefix: false })),
      ['GET', '/%zz'],
      ['GET', '/nothing']
    ]
    t.ok(routes.length > 60, `${routes.length} routes`)
    for (const [method, path] of routes as Array<['GET', string]>) {
      const { headers } = await app.inject({
        method,
        url: path,
        headers: { accept: 'text/html', host: 'memory.example' }
      })
      const { 'x-content-type-options': sniff, 'strict-transport-security': transport } = headers
      t.same(
        { sniff, transport },
        { sniff: 'nosniff', transport: 'max-age=31536000' },
        `${method} ${path}`
      )
    }
    const httpService = await runService(t)
    const { headers } = await fetch(httpService.url)
    t.match(
      [headers.get('x-content-type-options'), headers.has('strict-transport-security')],
      ['nosniff', false]
    )
  }
)

/** Returns method and path of each route of the printed tree, without the streams. */
function routesOf(tree: string): string[][] {
  const above: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, part, methods] =
      /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \((.+)\))?$/.exec(line) ?? []
    if (part === undefined || part === '*') return []
    const depth = indent!.length / 4
    const base = depth === 0 ? '' : above[depth - 1]!.replace(/\/$/, '')
    above[depth] = `${base}${part.startsWith('/') ? '' : '/'}${part}`
    return (methods?.split(', ') ?? []).map((method) => [
      method,
      above[depth]!.replace(':client_id', 'x').replace(':name', 'x')
    ])
  })
}

t.test('a consent form counts for an hour', async (t) => {
  const visitor = await signedIn()
  const client = await register(running)
  const decideOn = async (age: number) => {
    const page = await secondsAgo(age, () =>
      visitor.get(authorizationUrl(client, { prompt: 'consent' }).url)
    )
    return decide(visitor, page, 'approve')
  }
  const late = await decideOn(3602)
  t.equal(late.status, 403)
  t.match(late.html, /This form is no longer valid/)
  t.equal((await decideOn(3590)).status, 200)
})

t.test('a consent form counts in one spelling only, so that it gives one code', async (t) => {
  const visitor = await signedIn()
  const client = await register(running)
  const page = await visitor.get(authorizationUrl(client).url)
  const form = page.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
  const handle = form.fields.find(([name]) => name === 'form')![1]
  const others = [
    `${handle}=`,
    `${handle}==`,
    `${handle}.x`,
    `${handle}.`,
    `${handle} `,
    `${handle.slice(0, -1)}${nextSpelling(handle.at(-1)!)}`,
    handle.replace(/.(?=\.)/, nextSpelling)
  ]
  for (const spelling of others) {
    const fields = form.fields.map(
      ([name, value]) => [name, name === 'form' ? spelling : value] as [string, string]
    )
    t.equal(
      (await visitor.post(form.action, [...fields, ['decision', 'approve']])).status,
      403,
      spelling.slice(-6)
    )
  }
  const grants = () =>
    app.db
      .selectFrom('oauth_grants')
      .select('grant_id')
      .where('client_id', '=', client.client_id)
      .execute()
  t.same(await grants(), [])
  const answers = [await decide(visitor, page, 'approve'), await decide(visitor, page, 'approve')]
  t.same(
    answers.map(({ status }) => status),
    [200, 200]
  )
  t.equal((await grants()).length, 1)
})

/** Replaces a character. The last one may differ only in bits that decoding drops. */
function nextSpelling(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) ^ 1]!
}

t.test('the id of an MCP session counts for thirty days', async (t) => {
  const { key } = await running.key(await running.person())
  const headers = {
    'x-api-key': key,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json'
  }
  const send = (method: string, more: Record<string, string> = {}) =>
    fetch(`${inside}/mcp`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: initialization })
    })
  const status = async (days: number) => {
    const begun = await secondsAgo(days * 86_400, () => send('initialize'))
    return (await send('ping', { 'mcp-session-id': begun.headers.get('mcp-session-id')! })).status
  }
  t.equal(await status(29.99), 200)
  t.equal(await status(30.01), 404)
})

const initialization = {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' }
}

t.test('nothing that others chose steers the terminal that shows the log', async (t) => {
  const name = 'n\u009b31m \u007f\u202e\u2066\u200b\u{e0041}\u2028'
  const { key } = await issueApiKey(app.db, {
    user_id: (await running.person()).user_id,
    name,
    scope: 'mcp:tools'
  })
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'memory_stats', arguments: {} }
  }
  const headers = {
    'x-api-key': key,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json'
  }
  await fetch(`${inside}/mcp`, { method: 'POST', headers, body: JSON.stringify(call) })
  const line = log.find((line) => line.includes('31m'))!
  t.match(line, 'n\\u009b31m')
  t.notMatch(log.join(''), /[\x7f-\x9f\p{Cf}\u2028\u2029]/u)
  t.ok(
    Object.values(JSON.parse(line) as object).some((value) => JSON.stringify(value).includes(name)),
    'and it means the same'
  )
})
