import t from 'tap'
import {
  authorizationUrl,
  connected,
  decide,
  destination,
  type OAuthClient,
  postForm,
  redeem,
  register
} from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { db } = running.app
const visitor = await running.signedIn((await running.person()).email)

/** Pushes an authorization request. Returns the URL for the browser, and what redeeming needs. */
async function push(client: OAuthClient, overrides: Record<string, string | undefined> = {}) {
  const { url, verifier, state } = authorizationUrl(client, overrides)
  const answer = await postForm(`${running.url}/api/v1/oauth/par`, [
    ...new URL(url, running.url).searchParams,
    ...(client.client_secret ? [['client_secret', client.client_secret] as [string, string]] : [])
  ])
  const query = new URLSearchParams({
    client_id: client.client_id,
    request_uri: String(answer.request_uri)
  })
  return { answer, verifier, state, url: `/api/v1/oauth/authorize?${query.toString()}` }
}

t.test('a pushed request leads to tokens, and parameters beside it are ignored', async (t) => {
  for (const method of ['client_secret_post', 'none'] as const) {
    const client = await register(running, { method })
    const pushed = await push(client)
    t.equal(pushed.answer.status, 201)
    t.match(pushed.answer, {
      expires_in: 600,
      request_uri: /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/
    })
    t.equal(pushed.answer.headers.get('cache-control'), 'no-store')
    const more =
      `${pushed.url}&redirect_uri=https%3A%2F%2Fevil.example` +
      '&scope=mcp%3Aweb&state=evil&prompt=none'
    const consent = await visitor.get(more)
    const back = destination(await decide(visitor, consent, 'approve'))
    t.equal(back.origin, 'https://client.example')
    t.equal(back.searchParams.get('state'), pushed.state)
    const tokens = await redeem(running.url, client, {
      code: back.searchParams.get('code')!,
      verifier: pushed.verifier
    })
    t.match(tokens, { status: 200, scope: 'mcp:tools mcp:memory mcp:coding' })
  }
})

t.test(
  'a decision consumes the request, but sign-in, reload and a double click do not break it',
  async (t) => {
    const client = await register(running)
    const { url } = await push(client)
    const user = await running.person()
    const browser = await running.signedIn(user.email)
    browser.cookies.clear()
    const login = await browser.get(url)
    const page = await browser.submit(login, {
      email: user.email,
      password: 'a long enough password'
    })
    await browser.get(url)
    const [first, second] = await Promise.all([
      decide(browser, page, 'approve'),
      decide(browser, page, 'approve')
    ])
    t.equal(destination(first).href, destination(second).href, 'one form is one code')
    t.equal(destination(await decide(browser, page, 'approve')).href, destination(first).href)
    t.equal((await browser.get(url)).status, 400)
  }
)

t.test('two pages of one request accept one decision', async (t) => {
  const client = await register(running)
  for (const decision of ['approve', 'deny'] as const) {
    const { url } = await push(client, { prompt: 'consent' })
    const [first, second] = [await visitor.get(url), await visitor.get(url)]
    const answer = destination(await decide(visitor, first, decision)).searchParams
    t.ok(answer.get(decision === 'approve' ? 'code' : 'error'))
    for (const again of ['approve', 'deny'] as const) {
      t.equal((await decide(visitor, second, again)).status, 400)
    }
  }
  const { url } = await push(client, { prompt: 'consent' })
  const pages = await Promise.all(Array.from({ length: 4 }, () => visitor.get(url)))
  const answers = await Promise.all(pages.map((page) => decide(visitor, page, 'approve')))
  t.same(answers.map(({ status }) => status).sort(), [200, 400, 400, 400])
})

t.test('a remembered consent answers a pushed request once', async (t) => {
  const connection = await connected(running)
  const { url } = await push(connection.client)
  const answers = await Promise.all([connection.visitor.get(url), connection.visitor.get(url)])
  t.same(answers.map(({ status }) => status).sort(), [303, 400])
})

t.test(
  'an unknown, expired, used or foreign request_uri gets a page and no redirect',
  async (t) => {
    const client = await register(running)
    const otherClient = await register(running)
    const { url, answer } = await push(client)
    const uri = String(answer.request_uri)
    const at = (id: string, requestUri: string) =>
      `/authorize?${new URLSearchParams({ client_id: id, request_uri: requestUri }).toString()}`
    const refused = async (path: string, reason: string) => {
      const page = await visitor.request(path)
      t.equal(page.status, 400, reason)
      t.equal(page.headers.get('location'), null)
      const last = await db
        .selectFrom('audit_logs')
        .select('reason')
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      t.equal(last?.reason, reason)
    }
    await refused(at(client.client_id, `${uri}x`), 'request_uri_unknown')
    await refused(at(otherClient.client_id, uri), 'request_uri_of_another_client')
    await refused(`${url}&client_id=${otherClient.client_id}`, 'request_uri_of_another_client')
    const page = await visitor.get(url)
    await db
      .updateTable('oauth_pushed_authorization_requests')
      .set({ expires_at: new Date() })
      .where('client_id', '=', client.client_id)
      .execute()
    await refused(url, 'request_uri_expired')
    t.ok(
      destination(await decide(visitor, page, 'approve')).searchParams.get('code'),
      'a page that was opened in time may be answered'
    )
    const web = await visitor.request(
      authorizationUrl(client, { request_uri: 'https://evil.example/request' }).url
    )
    t.match(web.headers.get('location'), /error=request_uri_not_supported/)
  }
)

t.test(
  'a request that the authorization endpoint would refuse gets an error, and nothing is stored',
  async (t) => {
    const client = await register(running)
    for (const [overrides, error] of [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ redirect_uri: 'https://evil.example/' }, 'invalid_request'],
      [{ scope: 'mcp:nothing' }, 'invalid_scope'],
      [{ resource: 'https://elsewhere.example/mcp' }, 'invalid_target'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'invalid_request'],
      [{ request: 'e30' }, 'request_not_supported']
    ] as const) {
      t.match(
        (await push(client, overrides)).answer,
        { status: 400, error },
        JSON.stringify(overrides)
      )
    }
    t.match((await push({ ...client, client_secret: 'wrong' })).answer, {
      status: 401,
      error: 'invalid_client'
    })
    t.match((await push({ ...client, client_secret: undefined })).answer, {
      status: 401,
      error: 'invalid_client'
    })
    t.match((await push(client, { padding: 'x'.repeat(20_000) })).answer, {
      status: 413,
      error: 'invalid_request'
    })
    t.equal((await fetch(`${running.url}/api/v1/oauth/par`)).status, 405)
    t.same(
      await db
        .selectFrom('oauth_pushed_authorization_requests')
        .selectAll()
        .where('client_id', '=', client.client_id)
        .execute(),
      []
    )
  }
)

t.test('client credentials and the request_uri are not stored in clear text', async (t) => {
  const client = await register(running)
  const { answer } = await push(client)
  const [row] = await db
    .selectFrom('oauth_pushed_authorization_requests')
    .selectAll()
    .where('client_id', '=', client.client_id)
    .execute()
  t.notMatch(JSON.stringify(row), client.client_secret!)
  t.notMatch(JSON.stringify(row), String(answer.request_uri).split(':').at(-1)!)
})
