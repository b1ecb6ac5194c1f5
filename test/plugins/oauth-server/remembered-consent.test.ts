import t from 'tap'
import { sql } from 'kysely'
import {
  approve,
  authorizationUrl,
  connected,
  decide,
  destination,
  redeem,
  register
} from '../../support/oauth-client.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'
import { ask } from './consent-request.ts'

const running = await runService(t)
const { db } = running.app

t.test('a repeated request is answered at once with a grant of its own', async (t) => {
  const { visitor, client, user } = await connected(running)
  const { page, authorizationRequest, answer, code } = await ask(visitor, client)
  t.equal(page.status, 303)
  t.equal(page.headers.get('cache-control'), 'no-store')
  t.equal(answer.get('state'), authorizationRequest.state)
  t.equal(answer.get('iss'), running.url)
  const tokens = await redeem(running.url, client, {
    code,
    verifier: authorizationRequest.verifier
  })
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

t.test('two concurrent requests get two codes', async (t) => {
  const { visitor, client } = await connected(running)
  const both = await Promise.all([ask(visitor, client), ask(visitor, client)])
  for (const { code, authorizationRequest } of both) {
    t.equal(
      (await redeem(running.url, client, { code, verifier: authorizationRequest.verifier })).status,
      200
    )
  }
  t.not(both[0].code, both[1].code)
})

t.test('HEAD and a prefetch get no code', async (t) => {
  const { visitor, client } = await connected(running)
  t.notOk(
    (await visitor.request(authorizationUrl(client).url, { method: 'HEAD' })).headers.get(
      'location'
    )
  )
  t.ok((await ask(visitor, client, {}, { 'sec-purpose': 'prefetch' })).asks)
})

t.test('another person, another client and another host need approval', async (t) => {
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
  t.match(elsewhere.page.html, 'its address has changed')
  t.ok((await ask(visitor, await register(running))).asks)
  t.ok((await ask(await running.signedIn((await running.person()).email), client)).asks)
})

t.test('where a pattern let the address in, the decision covers that address only', async (t) => {
  const connectorUri = (connector: string) => `https://chatgpt.com/connector/oauth/${connector}`
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const uris = ['https://chatgpt.com/connector_platform_oauth_redirect', connectorUri('*')]
  const client = await register(running, { uris })
  await approve(visitor, client, { redirect_uri: connectorUri('Hers_1') })
  t.match((await ask(visitor, client, { redirect_uri: connectorUri('Hers_1') })).code, /^kgc_/)
  const otherConnector = await ask(
    visitor,
    client,
    { redirect_uri: connectorUri('Theirs_2') },
    { 'sec-fetch-site': 'cross-site' }
  )
  t.ok(otherConnector.asks)
  t.ok((await ask(visitor, client, { redirect_uri: uris[0]! })).asks, 'and so is the one in full')
  await approve(visitor, client, { redirect_uri: connectorUri('Theirs_2') })
  for (const connector of ['Hers_1', 'Theirs_2']) {
    t.match((await ask(visitor, client, { redirect_uri: connectorUri(connector) })).code, /^kgc_/)
  }
})

t.test(
  'more groups are asked for with the new ones marked, and an unticked box is not ' +
    'granted silently',
  async (t) => {
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const client = await register(running)
    const first = await approve(visitor, client, {}, ['mcp:memory', 'mcp:graph'])
    t.equal((await redeem(running.url, client, first)).scope, 'mcp:memory mcp:graph')
    t.notOk((await ask(visitor, client)).asks, 'without scope it is what it was last time')
    const part = await ask(visitor, client, { scope: 'mcp:memory' })
    t.equal(
      (
        await redeem(running.url, client, {
          code: part.code,
          verifier: part.authorizationRequest.verifier
        })
      ).scope,
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

t.test('a permission that was never offered is marked as new', async (t) => {
  const visitor = await running.signedIn((await running.person()).email)
  const client = await register(running)
  await approve(visitor, client, { scope: 'mcp:memory mcp:coding' }, ['mcp:memory'])
  const { page } = await ask(visitor, client, { scope: 'mcp:memory mcp:coding mcp:graph' })
  t.match(page.html, /Last time you allowed Memories only\. New: it also asks for Memory links\./)
  t.match(page.html, /Memory links<\/b> <span class="tag new">new/)
  t.notMatch(page.html, /Coding sessions<\/b> <span class="tag new">/)
  t.match(page.html, /value="mcp:coding">/)
})

t.test('a checkbox keeps its state from the last page that had it', async (t) => {
  const visitor = await running.signedIn((await running.person()).email)
  const client = await register(running)
  await approve(visitor, client, { scope: 'mcp:memory mcp:coding mcp:graph' }, [
    'mcp:memory',
    'mcp:coding'
  ])
  await approve(visitor, client, { scope: 'mcp:memory', prompt: 'consent' }, ['mcp:memory'])
  const { page } = await ask(visitor, client, { scope: 'mcp:coding mcp:graph' })
  t.match(page.html, /value="mcp:coding" checked>/, 'the second page did not have it')
  t.match(page.html, /value="mcp:graph">/)
  await db
    .updateTable('oauth_grants')
    .set({ revoked_at: sql`now()`, revoked_reason: 'user' })
    .where('client_id', '=', client.client_id)
    .where('scope', 'like', '%coding%')
    .execute()
  const again = await ask(visitor, client, { scope: 'mcp:coding mcp:graph' })
  t.match(again.page.html, /value="mcp:coding">/, 'what was taken back is not offered as chosen')
})

t.test('the latest decision counts, even when an earlier one was wider', async (t) => {
  const { visitor, client } = await connected(running)
  await approve(visitor, client, {}, ['mcp:memory'])
  t.ok((await ask(visitor, client, { scope: 'mcp:tools' })).asks)
  t.notOk((await ask(visitor, client, { scope: 'mcp:memory' })).asks)
})

t.test(
  'a client with a changed description needs approval, but reformatting its row changes nothing',
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

t.test('a revoked or expired consent is forgotten', async (t) => {
  for (const end of [
    (id: string) => sql`update oauth_grants set revoked_at = now() where client_id = ${id}`,
    (id: string) => sql`update oauth_tokens set revoked = true where client_id = ${id}`,
    (id: string) =>
      sql`
        update oauth_tokens set refresh_expires_at = now(), expires_in = 0
        where client_id = ${id}`
  ]) {
    const { visitor, client } = await connected(running)
    await end(client.client_id).execute(db)
    t.ok((await ask(visitor, client)).asks)
  }
})

t.test(
  'prompt=consent always asks, prompt=none never asks, and both together are refused',
  async (t) => {
    const { visitor, client } = await connected(running)
    for (const prompt of ['consent', 'login', 'select_account consent']) {
      t.ok((await ask(visitor, client, { prompt })).asks, prompt)
    }
    t.equal(
      (await ask(visitor, client, { prompt: 'none consent' })).answer.get('error'),
      'invalid_request'
    )
    const stranger = await running.signedIn((await running.person()).email)
    t.equal(
      (await ask(stranger, client, { prompt: 'none' })).answer.get('error'),
      'consent_required'
    )
    stranger.cookies.clear()
    t.equal((await ask(stranger, client, { prompt: 'none' })).answer.get('error'), 'login_required')
  }
)

t.test('a silent code works like any other, and ends with its own grant', async (t) => {
  const { visitor, client, tokens } = await connected(running)
  const { code, authorizationRequest } = await ask(visitor, client)
  const second = await redeem(running.url, client, {
    code,
    verifier: authorizationRequest.verifier
  })
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
