import t from 'tap'
import { audited } from '../../cli/audited.ts'
import { registerDynamically as register } from '../../support/registration-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url, app } = running
const uri = 'https://claude.ai/api/mcp/auth_callback'

t.test('unusable decorative metadata is dropped, and the client is still registered', async (t) => {
  const unusable = [
    'http://192.168.1.5:3080',
    'http://localhost:3080',
    'data:image/png;base64,AAAA',
    '/tos',
    'javascript:alert(1)',
    'https://u:p@a/',
    'nonsense',
    `https://a/${'x'.repeat(2100)}`,
    5,
    ['x'],
    { a: 1 }
  ]
  for (const value of unusable) {
    const sent = {
      redirect_uris: [uri],
      client_uri: value,
      logo_uri: value,
      tos_uri: value,
      policy_uri: value,
      software_id: 'x'.repeat(300),
      software_version: 1.5
    }
    const answer = await register(url, sent)
    t.match(
      answer,
      { status: 201, redirect_uris: [uri], software_version: '1.5' },
      JSON.stringify(value).slice(0, 60)
    )
    t.notOk(
      ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'software_id'].some(
        (name) => name in answer
      )
    )
  }
  t.match(await register(url, { redirect_uris: [uri], logo_uri: 'https://a/x.png' }), {
    status: 201,
    logo_uri: 'https://a/x.png'
  })
})

const key = { kty: 'RSA', n: 'AQAB', e: 'AQAB' }

t.test('each reason of a refused registration is noted', async (t) => {
  const before = await clients()
  // First one of each reason: of one network so many refusals are noted in a minute, and no more.
  for (const sent of [
    {},
    { redirect_uris: ['javascript:alert(1)'] },
    { redirect_uris: [uri], jwks: { keys: [key] }, jwks_uri: 'https://a/jwks' },
    '{',
    { redirect_uris: [uri], client_name: 'x'.repeat(1_000_000) }
  ]) {
    await register(url, sent)
  }
  const refused = await audited(app.db, 'oauth.client.registration_refused')
  t.ok(
    [
      'redirect_uri_refused',
      'redirect_uris_missing',
      'jwks_and_jwks_uri',
      'not_json',
      'metadata_too_large'
    ].every((reason) => refused.some((row) => row.reason === reason))
  )
  t.equal(await clients(), before)
})

t.test('missing and harmful redirect URIs are refused, and nothing is registered', async (t) => {
  const before = await clients()
  for (const sent of [
    {},
    { redirect_uris: [] },
    { redirect_uris: uri },
    ...[
      'javascript:alert(1)',
      'JaVaScript:x',
      'data:text/html,x',
      'http://example.com/cb',
      'http://localhost.evil.com/',
      'http://0.0.0.0/',
      'https://a/#x',
      'https://u:p@a/',
      '//a/cb',
      '',
      'https://a/\0',
      'https://*.a/cb',
      'https://chatgpt.com/connector/oauth/*',
      `https://a/${'x'.repeat(2100)}`
    ].map((bad) => ({ redirect_uris: [uri, bad] })),
    { redirect_uris: Array.from({ length: 33 }, (_, index) => `https://a/${index}`) }
  ]) {
    t.match(
      await register(url, sent),
      { status: 400, error: 'invalid_redirect_uri', request_id: /./ },
      JSON.stringify(sent).slice(0, 100)
    )
  }
  t.equal(await clients(), before)
})

t.test('harmful metadata is refused, and nothing is registered', async (t) => {
  const before = await clients()
  for (const more of [
    { grant_types: ['implicit'] },
    { grant_types: ['refresh_token'] },
    { grant_types: 'authorization_code' },
    { response_types: ['token'] },
    { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], response_types: ['code'] },
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { token_endpoint_auth_method: 'private_key_jwt' },
    { jwks: { keys: [key] }, jwks_uri: 'https://a/jwks' },
    { jwks_uri: 'http://a/jwks' },
    { jwks: { keys: [{ ...key, d: 'x' }] } },
    { jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
    { jwks: { keys: [{ kty: 'constructor' }] } },
    { jwks: 1 },
    { client_name: 'x'.repeat(201) },
    { client_name: 5 },
    { client_name: 'a\0b' },
    { client_name: '\ud800' }
  ]) {
    t.match(
      await register(url, { redirect_uris: [uri], ...more }),
      { status: 400, error: 'invalid_client_metadata' },
      JSON.stringify(more).slice(0, 100)
    )
  }
  t.equal(await clients(), before)
})

t.test('unusable and huge request bodies are refused, and nothing is registered', async (t) => {
  const before = await clients()
  for (const body of [
    '',
    '{',
    '[]',
    '"x"',
    'null',
    '{"__proto__": {"a": 1}}',
    '{"redirect_uris": ["https://a/"], "constructor": {"prototype": {"x": 1}}}'
  ]) {
    t.match(
      await register(url, body),
      {
        status: 400,
        error:
          body.includes('"constructor"') || body.includes('__proto__')
            ? /invalid/
            : 'invalid_client_metadata'
      },
      body
    )
  }
  const form = await fetch(`${url}/register`, {
    method: 'POST',
    body: new URLSearchParams({ redirect_uris: uri })
  })
  t.match(
    { status: form.status, ...((await form.json()) as object) },
    { status: 400, error: 'invalid_client_metadata' }
  )
  t.match(await register(url, { redirect_uris: [uri], client_name: 'x'.repeat(1_000_000) }), {
    status: 413,
    error: 'invalid_client_metadata'
  })
  t.equal(await clients(), before)
})

t.test('a client cannot choose its id, its secret or what only operators set', async (t) => {
  const sent = {
    redirect_uris: [uri],
    token_endpoint_auth_method: 'none',
    client_id: 'https://evil.example/client.json',
    client_secret: 'mine',
    registration: 'operator',
    require_pkce: false,
    access_token_seconds: 86400,
    scope: 'admin mcp:web'
  }
  const answer = await register(url, sent)
  t.match(answer, { status: 201, client_id: /^[0-9a-f-]{36}$/, scope: 'mcp:web' })
  t.notOk('client_secret' in answer)
  const row = await app.db
    .selectFrom('oauth_clients')
    .selectAll()
    .where('client_id', '=', answer.client_id)
    .executeTakeFirstOrThrow()
  t.match(row, {
    registration: 'dynamic',
    require_pkce: true,
    access_token_seconds: null,
    client_secret_hash: null,
    registered_from: '127.0.0.1'
  })
  t.notMatch(JSON.stringify(row), answer.registration_access_token)
  t.match(
    await audited(app.db, 'oauth.client.registered').then((rows) =>
      rows.find((row) => row.client_id === answer.client_id)
    ),
    { details: { redirect_uris: [uri] } }
  )
})

t.test(
  'a scheme that opens an app has a dot or belongs to a known app, and is none of the system',
  async (t) => {
    const status = async (...uris: string[]) =>
      (await register(url, { redirect_uris: uris })).status
    for (const app of [
      'com.example.app:/done',
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'vscode://x/y',
      'vscode-insiders://x/y',
      'claude://x',
      'windsurf://x'
    ]) {
      t.equal(await status(app), 201, app)
    }
    const refused = [
      'ms-msdt:/id',
      'search-ms:query=x',
      'intent://x',
      'jar:https://x/!/y',
      'feed:javascript:x',
      'x-javascript:x',
      'mhtml:https://x',
      'chrome://settings',
      'ms-word:ofe',
      'MS-MSDT:/x',
      'evil:/x'
    ]
    for (const uri of refused) t.equal(await status(uri), 400, uri)
    t.equal(await status(uri, 'ms-msdt:/id'), 400, 'one that is dangerous spoils all')
    const beside = await register(url, { redirect_uris: [uri, 'unheardof://callback'] })
    t.match(beside, { status: 201, redirect_uris: [uri] }, 'one of an unknown app is left out')
    t.equal((beside['redirect_uris'] as string[]).length, 1)
  }
)

async function clients(): Promise<number> {
  return (await app.db.selectFrom('oauth_clients').select('client_id').execute()).length
}
