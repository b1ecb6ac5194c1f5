// databases: both
import t from 'tap'
import {
  approve,
  authorizationUrl,
  connected,
  decide,
  destination,
  redeem,
  refresh,
  register,
  token
} from '../../support/oauth-client.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)

t.test('a client with a secret goes from the authorization request to a tool call', async (t) => {
  const { tokens, user } = await connected(running)
  t.equal(tokens.status, 200)
  t.match(tokens, {
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'mcp:tools mcp:memory mcp:coding'
  })
  t.equal(tokens.headers.get('cache-control'), 'no-store')
  const client = await connectClient(t, running.url, tokens.access_token)
  const stored = await call(client, 'memory_store', { key: 'favorite_color', value: 'blue' })
  t.match(
    stored.text,
    `✅ Memory stored successfully:\n- Key: favorite_color\n- Value: blue\n- User: ${user.user_id}`
  )
  const key = await running.key(user)
  const keyClient = await connectClient(t, running.url, key.key, 'sse')
  t.equal(
    (await call(keyClient, 'memory_recall', { key: 'favorite_color' })).structured.value,
    'blue',
    'the API key client recalls what the OAuth client stored'
  )
})

t.test(
  'every response of the authorization endpoint carries iss and the exact state',
  async (t) => {
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const client = await register(running)
    const state = 'a b&c="<é\u2028>'
    for (const decision of ['approve', 'deny'] as const) {
      const { url } = authorizationUrl(client, { state, prompt: 'consent' })
      const answer = destination(await decide(visitor, await visitor.get(url), decision))
      t.equal(answer.searchParams.get('state'), state)
      t.equal(answer.searchParams.get('iss'), running.url)
      t.equal(answer.searchParams.get('error'), decision === 'deny' ? 'access_denied' : null)
    }
    const refused = await visitor.request(authorizationUrl(client, { response_type: 'token' }).url)
    t.equal(refused.status, 303)
    const back = new URL(refused.headers.get('location')!)
    t.match(Object.fromEntries(back.searchParams), {
      error: 'unsupported_response_type',
      iss: running.url
    })
  }
)

t.test(
  'exactly one of 32 concurrent redemptions of a code succeeds, and its tokens stay valid',
  async (t) => {
    const { visitor, client } = await connected(running)
    const approved = await approve(visitor, client)
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => redeem(running.url, client, approved))
    )
    const winners = answers.filter(({ status }) => status === 200)
    t.equal(winners.length, 1)
    t.ok(
      answers.every(
        ({ status, error }) => status === 200 || (status === 400 && error === 'invalid_grant')
      )
    )
    const mcp = await connectClient(t, running.url, winners[0]!.access_token)
    t.ok((await mcp.listTools()).tools.length > 0)
  }
)

t.test('a wrong client, secret, redirect URI or verifier does not consume the code', async (t) => {
  const { visitor, client } = await connected(running)
  const otherClient = await register(running)
  const approved = await approve(visitor, client)
  t.match(await redeem(running.url, otherClient, approved), { status: 400, error: 'invalid_grant' })
  t.match(await redeem(running.url, client, approved, { client_secret: 'wrong' }), {
    status: 401,
    error: 'invalid_client'
  })
  t.match(await redeem(running.url, client, approved, { redirect_uri: 'https://evil.example/' }), {
    status: 400,
    error: 'invalid_grant'
  })
  t.match(await redeem(running.url, client, approved, { code_verifier: 'x'.repeat(43) }), {
    status: 400,
    error: 'invalid_grant'
  })
  t.match(await redeem(running.url, client, approved, { code_verifier: undefined }), {
    status: 400,
    error: 'invalid_grant'
  })
  t.equal((await redeem(running.url, client, approved)).status, 200)
})

t.test('five wrong verifiers consume the code', async (t) => {
  const { visitor, client } = await connected(running)
  const approved = await approve(visitor, client)
  for (let i = 0; i < 5; i++) {
    await redeem(running.url, client, approved, { code_verifier: 'x'.repeat(43) })
  }
  t.match(await redeem(running.url, client, approved), { status: 400, error: 'invalid_grant' })
})

t.test('a public client must use PKCE, and must not send a secret', async (t) => {
  const { visitor, client, tokens } = await connected(running, { method: 'none' })
  t.equal(tokens.status, 200)
  const back = (
    await visitor.request(
      authorizationUrl(client, { code_challenge: undefined, code_challenge_method: undefined }).url
    )
  ).headers.get('location')
  t.match(back, /error=invalid_request/)
  const plainMethodRedirect = (
    await visitor.request(authorizationUrl(client, { code_challenge_method: 'plain' }).url)
  ).headers.get('location')
  t.match(plainMethodRedirect, /error=invalid_request/)
  t.match(
    await refresh(running.url, { ...client, client_secret: 'something' }, tokens.refresh_token),
    { status: 401, error: 'invalid_client' }
  )
})

t.test(
  'a client with a secret may leave PKCE out, and then a verifier is a downgrade',
  async (t) => {
    const { visitor, client } = await connected(running)
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const { code } = await approve(visitor, client, without)
    t.match(await redeem(running.url, client, { code, verifier: 'x'.repeat(43) }), {
      status: 400,
      error: 'invalid_request'
    })
    t.equal((await redeem(running.url, client, { code })).status, 200)
  }
)

t.test('Basic credentials are read raw and form-decoded', async (t) => {
  const { visitor, client } = await connected(running, { method: 'client_secret_basic' })
  const secret = 'ab+/cd=='
  await running.app.db
    .updateTable('oauth_clients')
    .set({ client_secret_hash: (await import('../../../lib/secrets.ts')).secretDigest(secret) })
    .where('client_id', '=', client.client_id)
    .execute()
  for (const spelled of [secret, encodeURIComponent(secret)]) {
    const { code, verifier } = await approve(visitor, client)
    const credentials = Buffer.from(`${client.client_id}:${spelled}`).toString('base64')
    const authorization = `Basic ${credentials}`
    const answer = await token(
      running.url,
      {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: client.redirect_uri
      },
      { authorization }
    )
    t.equal(answer.status, 200, spelled)
  }
})

t.test('unticked permissions are not granted, and the token lists the granted ones', async (t) => {
  const { visitor, client } = await connected(running)
  const tokens = await redeem(
    running.url,
    client,
    await approve(visitor, client, {}, ['mcp:memory'])
  )
  t.equal(tokens.scope, 'mcp:memory')
  const again = authorizationUrl(client, { scope: undefined, prompt: 'consent' })
  const consent = await visitor.get(again.url)
  t.notMatch(
    consent.html,
    'value="mcp:coding"',
    'a request without scope gets the scope of last time'
  )
  const none = await decide(visitor, await visitor.get(again.url), 'approve', [])
  t.match(none, { status: 400, html: /You approved nothing/ })
})
