import t from 'tap'
import { DEVICE_GRANT, deviceFlow } from '../../support/device-flow.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { refresh, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { app, url } = running
const { ask, decide, deviceClient, enter, expire, grantsOf, poll, rowOf, visitor } =
  deviceFlow(running)

t.test(
  'a device without a browser gets from its code to a tool call, with what was ticked',
  async (t) => {
    const client = await deviceClient()
    const asked = await ask(client, { scope: 'mcp:tools openid', resource: app.mcpUrl })
    t.equal(asked.status, 200)
    t.match(asked, {
      device_code: /^kgd_[\w-]{43}$/,
      user_code: /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/,
      verification_uri: `${url}/device`,
      interval: 5,
      expires_in: 900
    })
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
    t.match((await call(mcp, 'memory_store', { key: 'k', value: 'v' })).structured, {
      user_id: person.user_id
    })
    t.equal((await refresh(url, client, tokens.refresh_token)).status, 200)
    t.match(await poll(client, asked), { status: 400, error: 'invalid_grant' }, 'a code works once')
  }
)

t.test('neither code is in the database in clear', async (t) => {
  const client = await deviceClient()
  const asked = await ask(client)
  const stored = JSON.stringify(await rowOf(client))
  for (const secret of [asked.device_code, asked.user_code, asked.user_code.replace('-', '')]) {
    t.notOk(stored.includes(secret))
  }
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

t.test(
  'who polls too fast is told to slow down, five seconds more each time, but gets an answer as soon as there is one',
  async (t) => {
    const client = await deviceClient()
    const asked = await ask(client)
    t.match(await poll(client, asked), { error: 'authorization_pending' })
    t.match(await poll(client, asked), { status: 400, error: 'slow_down' })
    t.match(await poll(client, asked), { error: 'slow_down' })
    t.equal((await rowOf(client)).interval_seconds, 15)
    const since = (seconds: number) =>
      app.db
        .updateTable('oauth_device_codes')
        .set({ last_polled_at: new Date(Date.now() - seconds * 1000) })
        .where('client_id', '=', client.client_id)
        .execute()
    await since(10)
    t.match(await poll(client, asked), { error: 'slow_down' }, 'the longer interval is kept')
    await since(30)
    t.match(await poll(client, asked), { error: 'authorization_pending' })
    const browser = await visitor()
    await decide(browser, await enter(browser, asked.user_code), 'approve')
    t.equal((await poll(client, asked)).status, 200)
  }
)

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
  t.ok(
    answers.every(
      ({ status, error }) => status === 200 || (status === 400 && error === 'invalid_grant')
    )
  )
  const winner = answers.find(({ status }) => status === 200)!
  await connectClient(t, url, winner.access_token)
})

t.test('who may not use the flow is told so', async (t) => {
  const web = await register(running)
  t.match(await ask(web, { client_secret: web.client_secret! }), {
    status: 400,
    error: 'unauthorized_client',
    request_id: /./
  })
  t.match(await ask(web), { status: 401, error: 'invalid_client' })
  const client = await deviceClient()
  t.match(await ask(client, { scope: 'openid' }), { status: 400, error: 'invalid_scope' })
  t.match(await ask(client, { resource: 'https://other.example/mcp' }), {
    status: 400,
    error: 'invalid_target'
  })
  const asked = await ask(client)
  await app.db
    .updateTable('oauth_clients')
    .set({ disabled_at: new Date() })
    .where('client_id', '=', client.client_id)
    .execute()
  t.equal((await enter(await visitor(), asked.user_code)).status, 400)
  t.match(await poll(client, asked), { status: 401, error: 'invalid_client' })
})

t.test('the metadata names the endpoint and the grant', async (t) => {
  const metadata = (await (
    await fetch(`${url}/.well-known/oauth-authorization-server`)
  ).json()) as Record<string, unknown>
  t.equal(metadata.device_authorization_endpoint, `${url}/api/v1/oauth/device_authorization`)
  t.ok((metadata.grant_types_supported as string[]).includes(DEVICE_GRANT))
})
