import type pg from 'pg'
import t from 'tap'
import { databaseClient, freshSettings, spawnService } from './support/helper.ts'
import { call, connectClient, initialize, post } from './support/mcp-client.ts'
import {
  approve,
  authorizationUrl,
  decide,
  destination,
  type OAuthClient,
  redeem,
  refresh
} from './support/oauth-client.ts'
import { PASSWORD } from './support/running.ts'
import { Visitor } from './support/visitor.ts'

// The steps and statements of the integration guide, sent by a database client while the server
// runs.
const settings = await freshSettings(t)
const service = await spawnService(t, settings, {
  ADMIN_EMAIL: 'me@example.org',
  ADMIN_PASSWORD: PASSWORD
})
const { url } = service
const database: pg.Client = await databaseClient(t, settings)
const visitor = new Visitor(url)
const client: OAuthClient = {
  client_id: 'chatgpt-connector',
  client_secret: 'YOUR_SECRET_HERE',
  redirect_uri: 'https://chat.openai.com/oauth/callback'
}

const status = async (token: unknown) =>
  (await post(`${url}/mcp/sse`, String(token), initialize)).status
const userId = async () =>
  (await database.query("SELECT user_id FROM users WHERE email = 'me@example.org'")).rows[0]
    .user_id as string
async function connect(overrides: Record<string, string | undefined> = {}) {
  const tokens = await redeem(url, client, await approve(visitor, client, overrides))
  if (tokens.status !== 200) throw new Error(JSON.stringify(tokens))
  return tokens
}

t.before(async () => {
  await visitor.signIn('me@example.org', PASSWORD)
})

t.test('step 1: the tables are there', async (t) => {
  const { rows } = await database.query(
    "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'oauth%'"
  )
  const names = rows.map(({ table_name: name }) => name)
  for (const table of [
    'oauth_authorization_codes',
    'oauth_clients',
    'oauth_grants',
    'oauth_tokens'
  ]) {
    t.ok(names.includes(table), table)
  }
})

t.test('step 2: the client is registered by SQL', async (t) => {
  await database.query(`INSERT INTO oauth_clients (
      client_id, client_secret_hash, client_name, redirect_uris, grant_types, response_types, scope,
      token_endpoint_auth_method
    ) VALUES (
      'chatgpt-connector', encode(digest('YOUR_SECRET_HERE', 'sha256'), 'hex'), 'ChatGPT Connector',
      '["https://chat.openai.com/oauth/callback"]'::jsonb, '["authorization_code", "refresh_token"]'::jsonb, '["code"]'::jsonb,
      'mcp:tools mcp:memory mcp:coding', 'client_secret_post'
    );`)
  const { rows } = await database.query('SELECT client_id, client_name, scope FROM oauth_clients;')
  t.match(rows, [{ client_id: 'chatgpt-connector' }])
})

t.test('steps 3 and 4: ChatGPT connects, stores and recalls', async (t) => {
  const { url: request } = authorizationUrl(client, {
    scope: 'mcp:tools mcp:memory mcp:coding',
    resource: `${url}/api/v1/mcp/sse`
  })
  const consent = await visitor.get(request)
  t.match(consent.html, 'ChatGPT Connector')
  t.match(consent.html, 'chat.openai.com')
  t.ok(destination(await decide(visitor, consent, 'approve')).searchParams.get('code'))
  const tokens = await connect({ resource: `${url}/mcp/sse/` })
  t.match(tokens, {
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'mcp:tools mcp:memory mcp:coding'
  })
  const mcp = await connectClient(t, url, tokens.access_token, 'sse')
  const names = (await mcp.listTools()).tools.map(({ name }) => name)
  for (const name of ['memory_store', 'memory_recall', 'memory_search', 'coding_start_session']) {
    t.ok(names.includes(name), name)
  }
  t.match(
    (await call(mcp, 'memory_store', { key: 'favorite_color', value: 'blue' })).text,
    `✅ Memory stored successfully:\n- Key: favorite_color\n- Value: blue\n- User: ${await userId()}`
  )
  t.match(
    (await call(mcp, 'memory_search', { query: 'What is my favorite color?' })).structured
      .results[0],
    { key: 'favorite_color', value: 'blue' }
  )
})

t.test('a new client_secret_hash counts from the next request', async (t) => {
  const tokens = await connect()
  const setSecret = (secret: string) =>
    database.query(
      `UPDATE oauth_clients SET client_secret_hash = encode(digest('${secret}', 'sha256'), 'hex')` +
        " WHERE client_id = 'chatgpt-connector';"
    )
  await setSecret('another')
  t.match(await refresh(url, client, tokens.refresh_token), {
    status: 401,
    error: 'invalid_client'
  })
  t.equal(
    (await refresh(url, { ...client, client_secret: 'another' }, tokens.refresh_token)).status,
    200
  )
  await setSecret('YOUR_SECRET_HERE')
})

t.test(
  'revoking tokens by SQL ends both tokens at once, and closes the open stream within 5 s',
  async (t) => {
    const tokens = await connect()
    const stream = await fetch(`${url}/mcp/sse`, {
      headers: {
        authorization: `Bearer ${String(tokens.access_token)}`,
        accept: 'text/event-stream'
      }
    })
    const ended = (async () => {
      for await (const chunk of stream.body!) void chunk
    })()
    await database.query(
      'UPDATE oauth_tokens SET revoked = true, access_token_revoked_at = NOW()' +
        ` WHERE client_id = 'chatgpt-connector' AND user_id = '${await userId()}';`
    )
    const started = Date.now()
    t.equal(await status(tokens.access_token), 401)
    t.match(await refresh(url, client, tokens.refresh_token), {
      status: 400,
      error: 'invalid_grant'
    })
    await ended
    t.ok(Date.now() - started < 5000, `closed after ${Date.now() - started} ms`)
    const successor = await connect()
    await database.query(
      "UPDATE oauth_tokens SET revoked = true WHERE client_id = 'chatgpt-connector';"
    )
    t.equal(await status(successor.access_token), 401)
  }
)

t.test('a revocation at the instant of a refresh leaves no live successor', async (t) => {
  for (let round = 0; round < 8; round++) {
    const tokens = await connect()
    const [refreshed] = await Promise.all([
      refresh(url, client, tokens.refresh_token),
      database.query(
        "UPDATE oauth_tokens SET revoked = true WHERE client_id = 'chatgpt-connector';"
      )
    ])
    if (refreshed.status === 200) t.equal(await status(refreshed.access_token), 401)
    else t.match(refreshed, { status: 400, error: 'invalid_grant' })
  }
})

t.test('expires_in re-dates live tokens, and successors inherit it', async (t) => {
  const tokens = await connect()
  await database.query(
    "UPDATE oauth_tokens SET issued_at = NOW() - interval '2 hours'" +
      " WHERE client_id = 'chatgpt-connector';"
  )
  t.equal(await status(tokens.access_token), 401)
  await database.query(
    "UPDATE oauth_tokens SET expires_in = 28800 WHERE client_id = 'chatgpt-connector';"
  )
  t.equal(await status(tokens.access_token), 200)
  t.match(await refresh(url, client, tokens.refresh_token), { status: 200, expires_in: 28800 })
})

t.test(
  'a narrower scope of the client narrows live tokens, and a wider one widens them again',
  async (t) => {
    const tokens = await connect()
    const names = async () => {
      const mcp = await connectClient(t, url, tokens.access_token)
      return (await mcp.listTools()).tools.map(({ name }) => name)
    }
    t.ok((await names()).includes('coding_start_session'))
    await database.query(
      "UPDATE oauth_clients SET scope = 'mcp:memory' WHERE client_id = 'chatgpt-connector';"
    )
    t.notOk((await names()).includes('coding_start_session'))
    t.equal((await refresh(url, client, tokens.refresh_token)).scope, 'mcp:memory')
    await database.query(
      "UPDATE oauth_clients SET scope = 'mcp:tools mcp:memory mcp:coding'" +
        " WHERE client_id = 'chatgpt-connector';"
    )
  }
)

t.test('token_endpoint_auth_method none makes it a public client that must use PKCE', async (t) => {
  await database.query(
    "UPDATE oauth_clients SET token_endpoint_auth_method = 'none'" +
      " WHERE client_id = 'chatgpt-connector';"
  )
  const { client_secret: _, ...open } = client
  t.equal((await redeem(url, open, await approve(visitor, client))).status, 200)
  const without = await visitor.request(
    authorizationUrl(client, { code_challenge: undefined, code_challenge_method: undefined }).url
  )
  t.match(without.headers.get('location'), /error=invalid_request/)
})

t.test('the audit query tells the story of a connection, without a secret', async (t) => {
  const { rows } = await database.query(
    "SELECT * FROM audit_logs WHERE action LIKE 'oauth%' ORDER BY created_at DESC LIMIT 50"
  )
  const actions = new Set(rows.map(({ action }) => action as string))
  for (const action of [
    'oauth.authorize.approved',
    'oauth.token.issued',
    'oauth.token.refused',
    'oauth.token.refreshed'
  ]) {
    t.ok(actions.has(action), action)
  }
  t.notMatch(JSON.stringify(rows), /YOUR_SECRET_HERE|kg[acr]_/)
})

t.test(
  'curl -I of the guide: the MCP endpoint and the authorization endpoint answer',
  async (t) => {
    const mcp = await fetch(`${url}/api/v1/mcp/sse`, { method: 'HEAD' })
    t.equal(mcp.status, 401)
    t.match(
      mcp.headers.get('www-authenticate'),
      /^Bearer resource_metadata=".*\/\.well-known\/oauth-protected-resource\/api\/v1\/mcp\/sse"/
    )
    t.equal((await fetch(`${url}/api/v1/oauth/authorize`, { method: 'HEAD' })).status, 400)
  }
)
