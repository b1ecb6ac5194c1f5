import t from 'tap'
import { DEVICE_GRANT, deviceFlow } from '../../support/device-flow.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { refresh, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { app, url } = running
const { ask, decide, deviceClient, enter, expire, grantsOf, poll, rowOf, visitor } =
  deviceFlow(running)

t.test('a device gets from its code to a tool call with the ticked permissions', async (t) => {
  const client = await deviceClient()
  const deviceAuthorization = await ask(client, {
    scope: 'mcp:tools openid',
    resource: app.mcpUrl
  })
  t.equal(deviceAuthorization.status, 200)
  t.match(deviceAuthorization, {
    device_code: /^kgd_[\w-]{43}$/,
    user_code: /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/,
    verification_uri: `${url}/device`,
    interval: 5,
    expires_in: 900
  })
  t.equal(
    deviceAuthorization.verification_uri_complete,
    `${url}/device?user_code=${deviceAuthorization.user_code}`
  )
  t.equal(deviceAuthorization.headers.get('cache-control'), 'no-store')
  t.match(await poll(client, deviceAuthorization), {
    status: 400,
    error: 'authorization_pending'
  })

  const person = await running.person()
  const browser = await running.signedIn(person.email)
  const consent = await enter(
    browser,
    ` ${deviceAuthorization.user_code.toLowerCase().replace('-', ' – ')}`
  )
  t.match(consent.html, /Terminal/)
  t.match(consent.html, /only if you started this yourself, just now/)
  t.match(consent.html, deviceAuthorization.user_code)
  t.match(consent.html, /127\.0\.0\.1/, 'the address that the request came from')
  const done = await decide(browser, consent, 'approve', ['mcp:memory'])
  t.match(done.html, /Go back to the device/)

  const tokens = await poll(client, deviceAuthorization)
  t.match(tokens, { status: 200, token_type: 'Bearer', scope: 'mcp:memory', expires_in: 3600 })
  const mcp = await connectClient(t, url, tokens.access_token)
  t.match((await call(mcp, 'memory_store', { key: 'k', value: 'v' })).structured, {
    user_id: person.user_id
  })
  t.equal((await refresh(url, client, tokens.refresh_token)).status, 200)
  t.match(
    await poll(client, deviceAuthorization),
    { status: 400, error: 'invalid_grant' },
    'a code works once'
  )
})

t.test('the database stores neither code in clear text', async (t) => {
  const client = await deviceClient()
  const deviceAuthorization = await ask(client)
  const stored = JSON.stringify(await rowOf(client))
  for (const secret of [
    deviceAuthorization.device_code,
    deviceAuthorization.user_code,
    deviceAuthorization.user_code.replace('-', '')
  ]) {
    t.notOk(stored.includes(secret))
  }
})

t.test('a denial reaches the device, and a second decision changes nothing', async (t) => {
  const client = await deviceClient()
  const deviceAuthorization = await ask(client)
  const browser = await visitor()
  const consent = await enter(browser, deviceAuthorization.user_code)
  t.match((await decide(browser, consent, 'deny')).html, /The device learns that you said no/)
  t.match(await decide(browser, consent, 'deny'), { status: 200 })
  t.match(await decide(browser, consent, 'approve'), { status: 410 })
  t.match(await poll(client, deviceAuthorization), { status: 400, error: 'access_denied' })
  t.same(await grantsOf(client), [])
})

t.test(
  'a device that polls too fast gets slow_down, and the result as soon as there is one',
  async (t) => {
    const client = await deviceClient()
    const deviceAuthorization = await ask(client)
    t.match(await poll(client, deviceAuthorization), { error: 'authorization_pending' })
    t.match(await poll(client, deviceAuthorization), { status: 400, error: 'slow_down' })
    t.match(await poll(client, deviceAuthorization), { error: 'slow_down' })
    t.equal((await rowOf(client)).interval_seconds, 15)
    const since = (seconds: number) =>
      app.db
        .updateTable('oauth_device_codes')
        .set({ last_polled_at: new Date(Date.now() - seconds * 1000) })
        .where('client_id', '=', client.client_id)
        .execute()
    await since(10)
    t.match(
      await poll(client, deviceAuthorization),
      { error: 'slow_down' },
      'the longer interval is kept'
    )
    await since(30)
    t.match(await poll(client, deviceAuthorization), { error: 'authorization_pending' })
    const browser = await visitor()
    await decide(browser, await enter(browser, deviceAuthorization.user_code), 'approve')
    t.equal((await poll(client, deviceAuthorization)).status, 200)
  }
)

t.test('an expired code is refused to the device and to the person', async (t) => {
  const client = await deviceClient()
  const deviceAuthorization = await ask(client)
  const browser = await visitor()
  const consent = await enter(browser, deviceAuthorization.user_code)
  await expire(client)
  t.match(await poll(client, deviceAuthorization), { status: 400, error: 'expired_token' })
  t.match(await decide(browser, consent, 'approve'), { status: 410, html: /expired/ })
  t.match(await enter(browser, deviceAuthorization.user_code), { status: 410, html: /expired/ })
  t.same(await grantsOf(client), [])
})

t.test('another client cannot redeem or consume a device code', async (t) => {
  const [client, otherClient] = [await deviceClient(), await deviceClient()]
  const deviceAuthorization = await ask(client)
  const browser = await visitor()
  await decide(browser, await enter(browser, deviceAuthorization.user_code), 'approve')
  t.match(await poll(otherClient, deviceAuthorization), { status: 400, error: 'invalid_grant' })
  t.equal((await poll(client, deviceAuthorization)).status, 200)
})

t.test('exactly one of 32 concurrent polls gets the tokens', async (t) => {
  const client = await deviceClient()
  const deviceAuthorization = await ask(client)
  const browser = await visitor()
  await decide(browser, await enter(browser, deviceAuthorization.user_code), 'approve')
  const answers = await Promise.all(
    Array.from({ length: 32 }, () => poll(client, deviceAuthorization))
  )
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.ok(
    answers.every(
      ({ status, error }) => status === 200 || (status === 400 && error === 'invalid_grant')
    )
  )
  const winner = answers.find(({ status }) => status === 200)!
  await connectClient(t, url, winner.access_token)
})

t.test('a client without the device grant gets an error', async (t) => {
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
  const deviceAuthorization = await ask(client)
  await app.db
    .updateTable('oauth_clients')
    .set({ disabled_at: new Date() })
    .where('client_id', '=', client.client_id)
    .execute()
  t.equal((await enter(await visitor(), deviceAuthorization.user_code)).status, 400)
  t.match(await poll(client, deviceAuthorization), { status: 401, error: 'invalid_client' })
})

t.test('the metadata lists the device endpoint and the grant', async (t) => {
  const metadata = (await (
    await fetch(`${url}/.well-known/oauth-authorization-server`)
  ).json()) as Record<string, unknown>
  t.equal(metadata.device_authorization_endpoint, `${url}/api/v1/oauth/device_authorization`)
  t.ok((metadata.grant_types_supported as string[]).includes(DEVICE_GRANT))
})
