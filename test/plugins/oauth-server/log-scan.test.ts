import { once } from 'node:events'
import t from 'tap'
import { databaseClient, freshSettings, spawnService } from '../../support/helper.ts'
import { call, connectClient, initialize, post, toolsCall } from '../../support/mcp-client.ts'
import {
  type OAuthClient,
  approve,
  authorizationUrl,
  decide,
  destination,
  redeem,
  refresh,
  token
} from '../../support/oauth-client.ts'
import { manage, registerDynamically } from '../../support/registration-client.ts'
import { Visitor } from '../../support/visitor.ts'
import { watchSecrets } from '../../support/secret-watch.ts'

const watch = watchSecrets(t)
const settings = await freshSettings(t)
const service = await spawnService(t, settings, {
  LOG_LEVEL: 'trace',
  SERVER_SECRET: watch.secret('SERVER_SECRET', `server secret ${crypto.randomUUID()}`),
  CHATGPT_CLIENT_SECRET: watch.secret('CHATGPT_CLIENT_SECRET', `a+/b= ${crypto.randomUUID()}`)
})
const { url } = service
const password = watch.secret('a password', 'correct horse "battery" staple')
const visitor = new Visitor(url)
const REDIRECT_URI = 'http://127.0.0.1:49160/callback'

/** Sets up the service, signs in rightly and wrongly, and makes an API key. Returns the key. */
async function accountStory(): Promise<string> {
  // Only standard output has the link, for the operator who starts the service.
  const link = /\S+\/setup\?token=(\S+)/.exec(service.stdout())!
  await visitor.submit(await visitor.get(link[0]), {
    name: 'Ada',
    email: 'ada@example.org',
    password
  })
  await visitor.get(link[0])
  for (const wrong of ['not the password 1', 'not the password 2']) {
    await new Visitor(url).signIn('ada@example.org', watch.secret('a wrong password', wrong))
  }
  // The form returns the address that was typed, so this page is not an error.
  await new Visitor(url).signIn('hunter2 hunter2', password)
  watch.errors.pop()
  watch.secret('a password typed for the address', 'hunter2 hunter2')
  const page = await new Visitor(url).signIn('ada@example.org', password)
  t.equal(page.status, 200)
  const account = await visitor.get('/apps/keys')
  const keyPage = await visitor.submit(
    account,
    { name: 'script' },
    account.forms.findIndex(({ action }) => action === '/apps/keys')
  )
  const key = watch.secret('an API key', /kagura_[\w-]{43}/.exec(keyPage.html)?.[0])!
  watch.secret('the set-up token', link[1]!)
  return key
}

/** Connects a client, with every kind of grant, mistake and replay. */
async function grantStory(client: OAuthClient): Promise<{ access: string; refresh: string }> {
  const approved = await approve(visitor, client)
  for (const [name, value] of Object.entries({
    code: approved.code,
    verifier: approved.verifier
  })) {
    watch.secret(`a ${name}`, value)
  }
  for (const wrong of [
    { code_verifier: watch.secret('a wrong verifier', 'v'.repeat(50)) },
    { client_secret: watch.secret('a wrong client secret', 'wrong-secret-of-a-client') },
    { redirect_uri: 'https://evil.example/' },
    { code: watch.secret('an unknown code', 'kgc_unknown-unknown-unknown') },
    { code: `${approved.code}\0` },
    { grant_type: 'password', password, username: 'ada@example.org' }
  ]) {
    t.not((await redeem(url, client, approved, wrong)).status, 200)
  }
  const tokens = await redeem(url, client, approved)
  t.equal(tokens.status, 200)
  await redeem(url, client, approved)
  const next = await refresh(url, client, tokens['refresh_token'])
  await refresh(url, client, tokens['refresh_token'])
  await refresh(url, client, next['refresh_token'], { scope: 'mcp:web mcp:graph' })
  await refresh(
    url,
    client,
    watch.secret('an unknown refresh token', 'kgr_unknown-unknown-unknown')
  )
  await refresh(url, client, next['access_token'])
  await fetch(`${url}/token?code=${approved.code}&client_secret=${client.client_secret ?? ''}`, {
    method: 'POST',
    body: new URLSearchParams({ refresh_token: String(next['refresh_token']) })
  })
  await fetch(`${url}/token`, {
    method: 'POST',
    body: JSON.stringify({ refresh_token: next['refresh_token'] }),
    headers: { 'content-type': 'application/json' }
  })
  await token(
    url,
    { grant_type: 'refresh_token', refresh_token: String(next['refresh_token']) },
    {
      authorization: `Basic ${watch.secret(
        'a Basic header',
        Buffer.from(`${client.client_id}:${approved.code}`).toString('base64')
      )}`
    }
  )
  destination(
    await decide(
      visitor,
      await visitor.get(authorizationUrl(client, { prompt: 'consent' }).url),
      'deny'
    )
  )
  await visitor.get(
    authorizationUrl(client, { redirect_uri: 'https://evil.example/', login_hint: approved.code })
      .url
  )
  return { access: String(next['access_token']), refresh: String(next['refresh_token']) }
}

/** Calls the protected resource with valid, invalid and misplaced credentials. */
async function resourceStory(credential: string): Promise<void> {
  const client = await connectClient(t, url, credential)
  await call(client, 'memory_store', { key: 'k', value: 'v' })
  const stream = await connectClient(t, url, credential, 'sse')
  await call(stream, 'memory_recall', { key: 'k' })
  const flawed = `${credential.slice(0, -1)}~`
  for (const secret of [
    watch.secret('a flawed credential', flawed),
    `${credential},${credential}`,
    `${credential} ${credential}`
  ]) {
    t.not((await post(`${url}/mcp`, secret, initialize)).status, 200)
  }
  await post(`${url}/mcp?access_token=${credential}&api_key=${credential}`, undefined, initialize)
  await post(`${url}/mcp`, credential, '{"jsonrpc": broken', { 'x-api-key': flawed })
  await post(`${url}/api/v1/mcp/key`, credential, toolsCall('nothing', {}))
  await fetch(`${url}/nowhere/${credential}?token=${credential}`, {
    headers: { authorization: `Bearer ${credential}`, cookie: `kagura_session=${credential}` }
  })
}

/** Manages a registration, and calls every other endpoint of the metadata, rightly and wrongly. */
async function endpointStory(
  metadata: Record<string, string>,
  client: OAuthClient,
  held: { access: string; refresh: string }
): Promise<void> {
  const { registration_client_uri: uri, registration_access_token: registrationToken } =
    await registerDynamically(url, {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'client_secret_basic'
    })
  for (const credential of [registrationToken, held.access, undefined]) {
    await manage(uri, 'GET', credential)
  }
  await manage(uri, 'PUT', registrationToken, {
    redirect_uris: ['javascript:alert(1)'],
    client_secret: held.refresh
  })
  await registerDynamically(url, {
    redirect_uris: [REDIRECT_URI],
    client_id: registrationToken,
    client_secret: held.access,
    token_endpoint_auth_method: held.access
  })
  const { client_id: id, client_secret: secret } = client
  for (const name of [
    'introspection',
    'pushed_authorization_request',
    'device_authorization',
    'revocation'
  ]) {
    const endpoint = metadata[`${name}_endpoint`]
    if (endpoint === undefined) continue
    for (const clientSecret of [
      secret,
      watch.secret('another wrong client secret', 'another-wrong-secret')
    ]) {
      const body = new URLSearchParams({
        client_id: id,
        ...(clientSecret !== undefined && { client_secret: clientSecret }),
        token: held.refresh,
        response_type: 'code',
        redirect_uri: client.redirect_uri,
        code_challenge: 'x'.repeat(43),
        code_challenge_method: 'S256'
      })
      await fetch(endpoint, { method: 'POST', body })
    }
    await fetch(`${endpoint}?token=${held.refresh}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: id, token: held.access })
    })
  }
}

t.test(
  'no secret reaches the log, the audit log or an error, even at the most detailed level',
  async (t) => {
    const key = await accountStory()
    const answer = await registerDynamically(url, {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'client_secret_post',
      client_name: 'Story'
    })
    const client = {
      client_id: answer.client_id,
      client_secret: answer.client_secret,
      redirect_uri: REDIRECT_URI
    }
    const held = await grantStory(client)
    for (const credential of [key, held.access]) await resourceStory(credential)
    await endpointStory(
      (await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()) as Record<
        string,
        string
      >,
      client,
      held
    )
    await visitor.post(
      '/logout',
      (await visitor.get('/apps')).forms.find(({ action }) => action === '/logout')!.fields
    )

    const database = await databaseClient(t, settings)
    const { rows } = await database.query<{ row: string }>(
      'select audit_logs::text as row from audit_logs'
    )
    await database.end()
    const exited = once(service.process, 'exit')
    service.process.kill()
    await exited

    t.ok(watch.secrets.size > 20, `${watch.secrets.size} secrets were seen`)
    t.ok(watch.errors.length > 30, `${watch.errors.length} error answers were seen`)
    t.ok(rows.length > 15, `${rows.length} audit rows were written`)
    t.ok(service.stderr().split('\n').length > 100, 'the log is talkative')
    t.same(
      service
        .stderr()
        .split('\n')
        .flatMap((line) => watch.foundIn(line).map((name) => `${name}: ${line}`)),
      [],
      'the log'
    )
    t.same(
      watch.foundIn(service.stdout().replace(/setup\?token=\S+/, '')),
      [],
      'stdout, apart from the set-up link'
    )
    t.same(
      rows.flatMap(({ row }) => watch.foundIn(row).map((name) => `${name}: ${row}`)),
      [],
      'the audit'
    )
    t.same(
      watch.errors.flatMap((error) => watch.foundIn(error).map((name) => `${name}: ${error}`)),
      [],
      'error answers'
    )
  }
)
