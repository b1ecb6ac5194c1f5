import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import t, { type Test } from 'tap'
import { deviceFlow, DEVICE_GRANT } from '../../support/device-flow.ts'
import { DpopKey } from '../../support/dpop.ts'
import { approve, redeem, register, token } from '../../support/oauth-client.ts'
import { runService, secondNode } from '../../support/running.ts'

const running = await runService(t)
const { url } = running
const node = await secondNode(t, running)
const visitor = await running.signedIn((await running.person()).email)
const client = await register(running, { method: 'none' })
const MCP = `${url}/mcp`

async function bound(key: DpopKey) {
  const { code, verifier } = await approve(visitor, client)
  return token(
    url,
    {
      grant_type: 'authorization_code',
      client_id: client.client_id,
      code,
      code_verifier: verifier,
      redirect_uri: client.redirect_uri
    },
    await key.header(url)
  )
}
function list(headers: Record<string, string>, at = MCP): Promise<Response> {
  return fetch(at, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  })
}

/** Checks that these headers are refused with a challenge that names the error. */
async function refuses(
  t: Test,
  name: string,
  headers: Record<string, string>,
  error: string
): Promise<void> {
  const answer = await list(headers)
  t.equal(answer.status, 401, name)
  t.match(
    answer.headers.get('www-authenticate'),
    new RegExp(`^DPoP error="${error}", .*algs="ES256 `),
    name
  )
}

t.test('a proof that is sent concurrently is accepted once', async (t) => {
  const key = await DpopKey.withNonce(url)
  const tokens = await bound(key)
  const headers = await key.headers('POST', MCP, tokens['access_token'])
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => list(headers, i % 2 === 0 ? MCP : `${node}/mcp`))
  )
  t.same(answers.map(({ status }) => status).sort(), [200, ...Array<number>(7).fill(401)])
})

t.test('a bound access token requires a proof by its key for the same request', async (t) => {
  const key = await DpopKey.withNonce(url)
  const tokens = await bound(key)
  const access = tokens['access_token']
  await refuses(t, 'as a bearer', { authorization: `Bearer ${String(access)}` }, 'invalid_token')
  await refuses(
    t,
    'as a bearer with a proof',
    { ...(await key.headers('POST', MCP, access)), authorization: `Bearer ${String(access)}` },
    'invalid_token'
  )
  await refuses(t, 'as an API key', { 'x-api-key': String(access) }, 'invalid_token')
  await refuses(
    t,
    'without a proof',
    { authorization: `DPoP ${String(access)}` },
    'invalid_dpop_proof'
  )
  await refuses(
    t,
    'another key',
    await (await DpopKey.withNonce(url)).headers('POST', MCP, access),
    'invalid_token'
  )
  await refuses(
    t,
    'another address',
    await key.headers('POST', `${url}/api/v1/tools`, access),
    'invalid_dpop_proof'
  )
  await refuses(
    t,
    'for another token',
    { ...(await key.headers('POST', MCP, 'kga_other')), authorization: `DPoP ${String(access)}` },
    'invalid_dpop_proof'
  )
  await refuses(
    t,
    'for no token',
    { authorization: `DPoP ${String(access)}`, dpop: await key.proof('POST', MCP) },
    'invalid_dpop_proof'
  )
  await refuses(
    t,
    'an old nonce',
    await key.headers('POST', MCP, access, { claims: { nonce: 'old' } }),
    'use_dpop_nonce'
  )
  const noted = await running.app.db
    .selectFrom('audit_logs')
    .selectAll()
    .where('action', '=', 'oauth.access.refused')
    .where('reason', 'in', ['dpop_key_differs', 'dpop_proof_wrong'])
    .execute()
  t.equal(noted.length, 8)
  t.ok(
    noted.every((row) => row.user_id && row.client_id === client.client_id && row.grant_id),
    'each is noted with whose token it is'
  )
  t.equal(
    (await list(await key.headers('POST', MCP, access))).status,
    200,
    'the token works on with the right proof'
  )
})

t.test('a bound access token works over MCP and REST, with a new proof each time', async (t) => {
  const key = await DpopKey.withNonce(url)
  const { access_token: access } = await bound(key)
  const used = await key.headers('POST', MCP, access)
  t.equal((await list(used)).status, 200)
  await refuses(t, 'used before', used, 'invalid_dpop_proof')
  t.equal(
    (
      await fetch(`${url}/api/v1/tools`, {
        headers: await key.headers('GET', `${url}/api/v1/tools`, access)
      })
    ).status,
    200,
    'the same over REST'
  )
  t.equal(
    (
      await fetch(`${url}/api/v1/tools`, {
        headers: { authorization: `Bearer ${String(access)}` }
      })
    ).status,
    401
  )
})

t.test('an unbound token is refused under the scheme DPoP', async (t) => {
  const key = await DpopKey.withNonce(url)
  const bearer = await redeem(url, client, await approve(visitor, client))
  const { key: apiKey } = await running.key(await running.person())
  t.equal(bearer['token_type'], 'Bearer')
  t.equal(
    (await list({ authorization: `Bearer ${String(bearer['access_token'])}`, dpop: 'x' })).status,
    200,
    'a proof beside a bearer token is not read'
  )
  for (const secret of [bearer['access_token'], apiKey]) {
    t.equal((await list(await key.headers('POST', MCP, secret))).status, 401)
  }
})

t.test(
  'an absolute request target is compared by its path, and an invalid one is refused',
  async (t) => {
    const key = await DpopKey.withNonce(url)
    const { access_token: access } = await bound(key)
    for (const [path, status] of [
      ['http://elsewhere.example/api/v1/tools', 200],
      ['/api/v1/tools?x=//', 200],
      ['http://[/api/v1/tools', 400]
    ] as const) {
      const sent = request(url, {
        path,
        headers: await key.headers('GET', `${url}/api/v1/tools`, access)
      }).end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      answer.resume()
      t.equal(answer.statusCode, status, path)
    }
  }
)

t.test('CORS allows browser programs to send proofs and read the nonce', async (t) => {
  const preflight = await fetch(MCP, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://claude.ai',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,dpop'
    }
  })
  t.match(preflight.headers.get('access-control-allow-headers'), 'DPoP')
  const answer = await list({ origin: 'https://claude.ai', dpop: 'x' })
  t.match(answer.headers.get('access-control-expose-headers'), 'DPoP-Nonce')
  t.ok(answer.headers.get('dpop-nonce'))
})

t.test('a device binds its tokens at the poll, and an early poll costs nothing', async (t) => {
  const flow = deviceFlow(running)
  const device = await flow.deviceClient()
  const deviceAuthorization = await flow.ask(device)
  const key = await DpopKey.withNonce(url)
  const poll = async (proofKey: DpopKey) =>
    token(
      url,
      {
        grant_type: DEVICE_GRANT,
        device_code: deviceAuthorization.device_code,
        client_id: device.client_id
      },
      await proofKey.header(url)
    )
  t.match(await poll(await DpopKey.generate()), { error: 'use_dpop_nonce' })
  t.match(await poll(key), { error: 'authorization_pending' })
  await flow.decide(visitor, await flow.enter(visitor, deviceAuthorization.user_code), 'approve')
  const tokens = await poll(key)
  t.match(tokens, { status: 200, token_type: 'DPoP' })
  t.equal((await list(await key.headers('POST', MCP, tokens['access_token']))).status, 200)
})

t.test('a stream is opened and written to with a proof for each URL', async (t) => {
  const key = await DpopKey.withNonce(url)
  const { access_token: access } = await bound(key)
  const ended = new AbortController()
  const stream = await fetch(`${url}/mcp/sse`, {
    headers: {
      accept: 'text/event-stream',
      ...(await key.headers('GET', `${url}/mcp/sse`, access))
    },
    signal: ended.signal
  })
  t.equal(stream.status, 200)
  const [, path] = /data: (\S+)/.exec(await firstEvent(stream))!
  const endpoint = new URL(path!, url).href
  const post = async (headers: Record<string, string>) =>
    fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
    })
  t.equal((await post({ authorization: `Bearer ${String(access)}` })).status, 401)
  t.equal(
    (await post(await key.headers('POST', `${url}/mcp/sse`, access))).status,
    401,
    'the proof is for the stream'
  )
  t.equal((await post(await key.headers('POST', endpoint, access))).status, 202)
  ended.abort()
})

async function firstEvent(stream: Response): Promise<string> {
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('\n\n')) text += (await reader.read()).value ?? '\n\n'
  return text
}
