import t from 'tap'
import { sql } from 'kysely'
import {
  approve,
  authorizationUrl,
  connected,
  decide,
  destination,
  type OAuthClient,
  redeem,
  register
} from '../oauth-client.ts'
import { initialize, post } from '../mcp-client.ts'
import { PASSWORD, runService } from '../running.ts'
import { type Page, Visitor } from '../visitor.ts'

const running = await runService(t)
const { db } = running.app

const asksAgain = ({ status, html }: Page) => status === 200 && /name="decision"/.test(html)

/** What the request leads to: its page, or the redirect with the answer. */
async function ask(
  visitor: Visitor,
  client: OAuthClient,
  overrides: Record<string, string | undefined> = {},
  headers: Record<string, string> = {}
) {
  const asked = authorizationUrl(client, overrides)
  const page = await visitor.get(asked.url, headers)
  const location = page.headers.get('location')
  const answer = location === null ? new URLSearchParams() : new URL(location).searchParams
  return { page, asked, answer, asks: asksAgain(page), code: answer.get('code') ?? '' }
}

/** A client that registered itself, connected once by this visitor. */
async function selfRegistered(registration: 'dynamic' | 'metadata_document', uri: string) {
  const one = await connected(running, { method: 'none', uris: [uri] })
  await db
    .updateTable('oauth_clients')
    .set({ registration })
    .where('client_id', '=', one.client.client_id)
    .execute()
  await redeem(running.url, one.client, await approve(one.visitor, one.client))
  return one
}

t.test('the same request is answered at once, with a grant of its own', async (t) => {
  const { visitor, client, user } = await connected(running)
  const { page, asked, answer, code } = await ask(visitor, client)
  t.equal(page.status, 303)
  t.equal(page.headers.get('cache-control'), 'no-store')
  t.equal(answer.get('state'), asked.state)
  t.equal(answer.get('iss'), running.url)
  const tokens = await redeem(running.url, client, { code, verifier: asked.verifier })
  t.match(tokens, { status: 200, scope: 'mcp:tools mcp:memory mcp:coding' })
  const grants = await db
    .selectFrom('oauth_grants')
    .selectAll()
    .where('user_id', '=', user.user_id)
    .orderBy('created_at')
    .execute()
  t.equal(grants.length, 2)
  t.same(grants[1]!.consented_at, grants[0]!.consented_at, 'which rests on the decision')
  const audited = await db
    .selectFrom('audit_logs')
    .select(['grant_id', 'details'])
    .where('action', '=', 'oauth.authorize.approved')
    .where('client_id', '=', client.client_id)
    .orderBy('created_at')
    .execute()
  t.match(
    audited.map(({ details }) => details),
    [{ remembered: false }, { remembered: true }]
  )
  t.equal(audited[1]!.grant_id, grants[1]!.grant_id)
  t.equal((await ask(visitor, client, { prompt: 'none' })).page.status, 303)
})

t.test('two at the same instant are two codes', async (t) => {
  const { visitor, client } = await connected(running)
  const both = await Promise.all([ask(visitor, client), ask(visitor, client)])
  for (const { code, asked } of both) {
    t.equal((await redeem(running.url, client, { code, verifier: asked.verifier })).status, 200)
  }
  t.not(both[0].code, both[1].code)
})

t.test('HEAD and a prefetch give no code', async (t) => {
  const { visitor, client } = await connected(running)
  t.notOk(
    (await visitor.request(authorizationUrl(client).url, { method: 'HEAD' })).headers.get(
      'location'
    )
  )
  t.ok((await ask(visitor, client, {}, { 'sec-purpose': 'prefetch' })).asks)
})

t.test('another person, another client and another host are asked', async (t) => {
  const { visitor, client } = await connected(running, {
    uris: [
      'https://client.example/callback',
      'https://client.example/other',
      'https://elsewhere.example/callback'
    ]
  })
  t.notOk(
    (await ask(visitor, client, { redirect_uri: 'https://client.example/other' })).asks,
    'the origin is what was seen'
  )
  const elsewhere = await ask(visitor, client, {
    redirect_uri: 'https://elsewhere.example/callback'
  })
  t.ok(elsewhere.asks)
  t.match(elsewhere.page.html, 'where it sends you has changed')
  t.ok((await ask(visitor, await register(running))).asks)
  t.ok((await ask(await running.signedIn((await running.person()).email), client)).asks)
})

t.test(
  'where a pattern let the address in, the decision is about that address: another connector is asked about',
  async (t) => {
    const connectorUri = (connector: string) => `https://chatgpt.com/connector/oauth/${connector}`
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const uris = ['https://chatgpt.com/connector_platform_oauth_redirect', connectorUri('*')]
    const client = await register(running, { uris })
    await approve(visitor, client, { redirect_uri: connectorUri('Hers_1') })
    t.match((await ask(visitor, client, { redirect_uri: connectorUri('Hers_1') })).code, /^kgc_/)
    const other = await ask(
      visitor,
      client,
      { redirect_uri: connectorUri('Theirs_2') },
      { 'sec-fetch-site': 'cross-site' }
    )
    t.ok(other.asks)
    t.ok((await ask(visitor, client, { redirect_uri: uris[0]! })).asks, 'and so is the one in full')
    await approve(visitor, client, { redirect_uri: connectorUri('Theirs_2') })
    for (const connector of ['Hers_1', 'Theirs_2']) {
      t.match((await ask(visitor, client, { redirect_uri: connectorUri(connector) })).code, /^kgc_/)
    }
  }
)

t.test(
  'more groups are asked for, with the new ones marked; a box that stayed unticked is not given silently',
  async (t) => {
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const client = await register(running)
    const first = await approve(visitor, client, {}, ['mcp:memory', 'mcp:graph'])
    t.equal((await redeem(running.url, client, first)).scope, 'mcp:memory mcp:graph')
    t.notOk((await ask(visitor, client)).asks, 'without scope it is what it was last time')
    const part = await ask(visitor, client, { scope: 'mcp:memory' })
    t.equal(
      (await redeem(running.url, client, { code: part.code, verifier: part.asked.verifier })).scope,
      'mcp:memory'
    )
    t.notOk(
      (await ask(visitor, client, { scope: 'mcp:memory mcp:graph' })).asks,
      'asking for less in between takes nothing away'
    )
    const more = await ask(visitor, client, { scope: 'mcp:memory mcp:coding' })
    t.ok(more.asks)
    t.match(more.page.html, /Last time you allowed Memories and Memory links only\./)
    t.notMatch(more.page.html, /class="tag new"/, 'it was on offer before')
    t.match(more.page.html, /value="mcp:memory" checked>/)
    t.match(more.page.html, /value="mcp:coding">/, 'the box is as it was left')
    const none = await ask(visitor, client, { scope: 'mcp:memory mcp:coding', prompt: 'none' })
    t.equal(none.answer.get('error'), 'consent_required')
  }
)

t.test('a permission that was never on offer is named as new', async (t) => {
  const visitor = await running.signedIn((await running.person()).email)
  const client = await register(running)
  await approve(visitor, client, { scope: 'mcp:memory mcp:coding' }, ['mcp:memory'])
  const { page } = await ask(visitor, client, { scope: 'mcp:memory mcp:coding mcp:graph' })
  t.match(page.html, /Last time you allowed Memories only\. New: it also asks for Memory links\./)
  t.match(page.html, /Memory links<\/b> <span class="tag new">new/)
  t.notMatch(page.html, /Coding sessions<\/b> <span class="tag new">/)
  t.match(page.html, /value="mcp:coding">/)
})

t.test('the latest decision counts, not the widest', async (t) => {
  const { visitor, client } = await connected(running)
  await approve(visitor, client, {}, ['mcp:memory'])
  t.ok((await ask(visitor, client, { scope: 'mcp:tools' })).asks)
  t.notOk((await ask(visitor, client, { scope: 'mcp:memory' })).asks)
})

t.test(
  'a client that changed what a person judges it by is asked about; the spelling of its row is no change',
  async (t) => {
    const { visitor, client } = await connected(running)
    const change = (set: object) =>
      db.updateTable('oauth_clients').set(set).where('client_id', '=', client.client_id).execute()
    for (const set of [
      { client_name: 'Another name' },
      { redirect_uris: JSON.stringify([client.redirect_uri, 'https://more.example/']) },
      { jwks: JSON.stringify({ keys: [{ kty: 'OKP', kid: 'a' }] }) },
      { client_uri: 'https://other.example' },
      { token_endpoint_auth_method: 'none' as const }
    ]) {
      t.notOk((await ask(visitor, client)).asks)
      await change(set)
      t.ok((await ask(visitor, client)).asks, Object.keys(set).join())
      t.ok(
        destination(
          await decide(visitor, (await ask(visitor, client)).page, 'approve')
        ).searchParams.get('code')
      )
    }
    await change({
      scope: 'mcp:memory',
      redirect_uris: JSON.stringify(['https://more.example/', client.redirect_uri])
    })
    t.notOk((await ask(visitor, client, { scope: 'mcp:memory' })).asks)
  }
)

t.test('what was taken back or ran out is forgotten', async (t) => {
  for (const end of [
    (id: string) => sql`update oauth_grants set revoked_at = now() where client_id = ${id}`,
    (id: string) => sql`update oauth_tokens set revoked = true where client_id = ${id}`,
    (id: string) =>
      sql`update oauth_tokens set refresh_expires_at = now(), expires_in = 0 where client_id = ${id}`
  ]) {
    const { visitor, client } = await connected(running)
    await end(client.client_id).execute(db)
    t.ok((await ask(visitor, client)).asks)
  }
})

t.test('prompt=consent always asks, prompt=none never, and not together', async (t) => {
  const { visitor, client } = await connected(running)
  for (const prompt of ['consent', 'login', 'select_account consent']) {
    t.ok((await ask(visitor, client, { prompt })).asks, prompt)
  }
  t.equal(
    (await ask(visitor, client, { prompt: 'none consent' })).answer.get('error'),
    'invalid_request'
  )
  const stranger = await running.signedIn((await running.person()).email)
  t.equal((await ask(stranger, client, { prompt: 'none' })).answer.get('error'), 'consent_required')
  stranger.cookies.clear()
  t.equal((await ask(stranger, client, { prompt: 'none' })).answer.get('error'), 'login_required')
})

t.test(
  'nobody is sent to a client that registered itself before having approved it, nor can it tell who is signed in',
  async (t) => {
    const client = await register(running, {
      method: 'none',
      uris: ['https://evil.example/phish', 'com.evil.app:/run']
    })
    await db
      .updateTable('oauth_clients')
      .set({ registration: 'dynamic' })
      .where('client_id', '=', client.client_id)
      .execute()
    const visitor = await running.signedIn((await running.person()).email)
    const signedOut = new Visitor(running.url)
    const wrong: Array<Record<string, string>> = [
      { prompt: 'none' },
      { response_type: 'token' },
      { scope: 'admin' },
      { code_challenge_method: 'x' }
    ]
    for (const overrides of wrong) {
      for (const uri of ['https://evil.example/phish', 'com.evil.app:/run']) {
        for (const browser of [visitor, signedOut]) {
          const { page } = await ask(browser, client, { ...overrides, redirect_uri: uri })
          t.equal(page.status, 400, JSON.stringify(overrides))
          t.equal(page.headers.get('location'), null)
          t.ok(page.html.includes(`href="${uri}?error=`), 'the way back is a link')
        }
      }
    }
    await approve(visitor, client)
    t.equal(
      (await ask(visitor, client, { response_type: 'token' })).answer.get('error'),
      'unsupported_response_type',
      'whom one approved gets the answer'
    )
    t.equal(
      (await ask(visitor, client, { response_type: 'token', redirect_uri: 'com.evil.app:/run' }))
        .page.status,
      400,
      'at the address that was approved'
    )
  }
)

t.test(
  'a client that registered itself is answered silently only when the person opened the address directly',
  async (t) => {
    for (const registration of ['dynamic', 'metadata_document'] as const) {
      const { visitor, client } = await selfRegistered(
        registration,
        'https://client.example/callback'
      )
      for (const site of ['cross-site', 'same-site', 'same-origin']) {
        t.ok((await ask(visitor, client, {}, { 'sec-fetch-site': site })).asks, site)
      }
      t.ok((await ask(visitor, client)).asks, 'a browser that does not tell')
      t.equal(
        (
          await ask(visitor, client, { prompt: 'none' }, { 'sec-fetch-site': 'cross-site' })
        ).answer.get('error'),
        'interaction_required'
      )
      t.equal((await ask(visitor, client, {}, { 'sec-fetch-site': 'none' })).page.status, 303)
    }
  }
)

t.test(
  'after sign-in a client that registered itself is asked about, wherever that began',
  async (t) => {
    const { user, client } = await selfRegistered('dynamic', 'https://client.example/callback')
    const visitor = new Visitor(running.url)
    const login = await visitor.get(authorizationUrl(client).url, { 'sec-fetch-site': 'none' })
    t.match(login.html, 'name="password"')
    const answer = await visitor.request('/login', {
      method: 'POST',
      body: new URLSearchParams([
        ...login.forms[0]!.fields.filter(([name]) => !['email', 'password'].includes(name)),
        ['email', user.email],
        ['password', PASSWORD]
      ]),
      headers: { 'sec-fetch-site': 'same-origin' }
    })
    t.equal(answer.status, 303)
    t.ok(
      asksAgain(
        await visitor.get(answer.headers.get('location')!, { 'sec-fetch-site': 'same-origin' })
      )
    )
  }
)

t.test(
  'after sign-in a client that an operator registered gets a page that navigates, since browsers hold the form to its own site',
  async (t) => {
    const { visitor, client } = await connected(running)
    const { page } = await ask(visitor, client, {}, { 'sec-fetch-site': 'same-origin' })
    t.equal(page.status, 200)
    t.ok(destination(page).searchParams.get('code'))
  }
)

t.test(
  "an address on this device is always asked about, unless the client is an operator's and has a secret",
  async (t) => {
    const none = { 'sec-fetch-site': 'none' }
    for (const uri of [
      'http://127.0.0.1:4711/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback'
    ]) {
      const one = await selfRegistered('dynamic', uri)
      t.ok((await ask(one.visitor, one.client, {}, none)).asks, uri)
      const known = await connected(running, { method: 'none', uris: [uri] })
      t.ok((await ask(known.visitor, known.client, {}, none)).asks, 'a public client')
      const secret = await connected(running, { uris: [uri] })
      t.equal((await ask(secret.visitor, secret.client)).page.status, 303, 'with a secret')
    }
    const { visitor, client } = await connected(running, {
      uris: ['http://localhost/callback', 'http://127.0.0.1/callback']
    })
    t.notOk(
      (await ask(visitor, client, { redirect_uri: 'http://localhost:5555/callback' })).asks,
      'the port changes from run to run'
    )
    t.ok(
      (await ask(visitor, client, { redirect_uri: 'http://127.0.0.1/callback' })).asks,
      'the host does not'
    )
  }
)

t.test('a silent code is as good as any, and ends with its own grant', async (t) => {
  const { visitor, client, tokens } = await connected(running)
  const { code, asked } = await ask(visitor, client)
  const second = await redeem(running.url, client, { code, verifier: asked.verifier })
  const status = async (token: unknown) =>
    (await post(`${running.url}/mcp`, String(token), initialize)).status
  t.equal(await status(second.access_token), 200)
  const { grant_id: youngest } = await db
    .selectFrom('oauth_grants')
    .select('grant_id')
    .where('client_id', '=', client.client_id)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  await db
    .updateTable('oauth_grants')
    .set({ revoked_at: new Date() })
    .where('grant_id', '=', youngest)
    .execute()
  t.equal(await status(second.access_token), 401)
  t.equal(await status(tokens.access_token), 200)
})
