import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationFull,
  OAuthTokens
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { sql } from 'kysely'
import t from 'tap'
import { audited } from '../cli/audited.ts'
import { approve, decide, destination, redeem } from '../oauth-client.ts'
import { registerDynamically as register } from '../registration-client.ts'
import { runService } from '../running.ts'

const running = await runService(t)
const { url, app } = running
const uri = 'https://claude.ai/api/mcp/auth_callback'

t.test(
  'what only decorates is left out when it cannot be used, and the client is registered all the same',
  async (t) => {
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
  }
)

t.test('what real clients send is registered, and the answer says what was', async (t) => {
  const defaults = {
    scope: 'mcp:tools mcp:memory mcp:coding',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code']
  }
  for (const [name, sent, expected] of [
    [
      'claude.ai',
      {
        client_name: 'Claude',
        redirect_uris: [uri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post'
      },
      {
        ...defaults,
        client_secret: /^[\w-]{43}$/,
        client_secret_expires_at: 0,
        token_endpoint_auth_method: 'client_secret_post',
        application_type: 'web'
      }
    ],
    [
      'Cursor',
      {
        client_name: 'Cursor',
        redirect_uris: [
          'cursor://anysphere.cursor-mcp/oauth/callback',
          'https://www.cursor.com/agents/mcp/oauth/callback',
          'http://localhost:8787/callback'
        ],
        token_endpoint_auth_method: 'none',
        scope: 'mcp:memory'
      },
      { ...defaults, scope: 'mcp:memory', application_type: 'native' }
    ],
    [
      'VS Code',
      {
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        redirect_uris: [
          'https://insiders.vscode.dev/redirect',
          'https://vscode.dev/redirect',
          'http://127.0.0.1/',
          'http://127.0.0.1:33418/'
        ],
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
          'implicit'
        ],
        response_types: ['code', 'id_token'],
        token_endpoint_auth_method: 'none',
        application_type: 'native'
      },
      {
        ...defaults,
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code'
        ],
        client_uri: 'https://code.visualstudio.com'
      }
    ],
    [
      'Gemini CLI, with an empty scope',
      {
        client_name: 'Gemini CLI MCP Client',
        redirect_uris: ['http://localhost:41003/oauth/callback'],
        token_endpoint_auth_method: 'none',
        scope: ''
      },
      defaults
    ],
    [
      'mcp-remote, with the scopes of another world',
      {
        client_name: 'MCP CLI Proxy',
        redirect_uris: ['http://localhost:3334/oauth/callback'],
        token_endpoint_auth_method: 'none',
        scope: 'openid email profile'
      },
      defaults
    ],
    [
      'a client that names no method and lives on loopback',
      {
        redirect_uris: ['http://127.0.0.1:1/x'],
        contacts: ['a@b'],
        logo_uri: null,
        tos_uri: '',
        software_statement: 'x',
        'client_name#ja': 'カグラ'
      },
      { ...defaults, token_endpoint_auth_method: 'none' }
    ],
    [
      'a client that names no method and lives on the web',
      { redirect_uris: [uri], client_name: 'Claude Code (my laptop) ✨' },
      { ...defaults, client_secret: /./, token_endpoint_auth_method: 'client_secret_basic' }
    ]
  ] as Array<[string, object, object]>) {
    const answer = await register(url, sent)
    t.match(
      answer,
      {
        ...expected,
        status: 201,
        client_id: /^[0-9a-f-]{36}$/,
        registration_access_token: /^kgm_[\w-]{43}$/
      },
      name
    )
    t.equal(answer.registration_client_uri, `${url}/api/v1/oauth/register/${answer.client_id}`)
    t.ok(Math.abs(Number(answer.client_id_issued_at) - Date.now() / 1000) < 60)
    t.notOk(
      Object.values(answer).some((value) => value === null || value === ''),
      'no empty members'
    )
    t.equal(
      'client_secret' in answer,
      answer.token_endpoint_auth_method !== 'none',
      'a secret for whoever asked for one'
    )
    t.equal(answer.headers.get('cache-control'), 'no-store')
  }
})

t.test(
  'a registered client is connected at once, with PKCE also when it has a secret',
  async (t) => {
    const user = await running.person()
    const visitor = await running.signedIn(user.email)
    const answer = await register(
      url,
      { redirect_uris: [uri], token_endpoint_auth_method: 'client_secret_post' },
      '/register'
    )
    const client = {
      client_id: answer.client_id,
      client_secret: answer.client_secret,
      redirect_uri: uri
    }
    t.match(await redeem(url, client, await approve(visitor, client)), {
      status: 200,
      refresh_token: /./
    })
    const { client_id: id } = client
    const without = await visitor.request(
      `/authorize?response_type=code&client_id=${id}&redirect_uri=${encodeURIComponent(uri)}`
    )
    t.match(without.headers.get('location'), /error=invalid_request.*challenge/)
  }
)

t.test('the SDK registers, is approved and gets tokens by discovery alone', async (t) => {
  const visitor = await running.signedIn((await running.person()).email)
  let [information, tokens, verifier, code]: [
    OAuthClientInformationFull?,
    OAuthTokens?,
    string?,
    string?
  ] = []
  const provider: OAuthClientProvider = {
    redirectUrl: 'http://127.0.0.1:41998/callback',
    clientMetadata: { redirect_uris: ['http://127.0.0.1:41998/callback'], client_name: 'SDK' },
    clientInformation: () => information,
    saveClientInformation: (saved) => {
      information = saved as OAuthClientInformationFull
    },
    tokens: () => tokens,
    saveTokens: (saved) => {
      tokens = saved
    },
    saveCodeVerifier: (saved) => {
      verifier = saved
    },
    codeVerifier: () => verifier!,
    redirectToAuthorization: async (to) => {
      code = destination(
        await decide(visitor, await visitor.get(to.pathname + to.search), 'approve')
      ).searchParams.get('code')!
    }
  }
  t.equal(await auth(provider, { serverUrl: `${url}/mcp` }), 'REDIRECT')
  t.equal(await auth(provider, { serverUrl: `${url}/mcp`, authorizationCode: code! }), 'AUTHORIZED')
  t.match(tokens, { token_type: 'Bearer', refresh_token: /./ })
})

t.test(
  'metadata that could harm is refused, in the codes of RFC 7591, and nothing is registered',
  async (t) => {
    const before = await clients()
    const key = { kty: 'RSA', n: 'AQAB', e: 'AQAB' }
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
    const redirect = [
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
    ]
    const metadata = [
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
    ]
    for (const sent of redirect) {
      t.match(
        await register(url, sent),
        { status: 400, error: 'invalid_redirect_uri', request_id: /./ },
        JSON.stringify(sent).slice(0, 100)
      )
    }
    for (const more of metadata) {
      t.match(
        await register(url, { redirect_uris: [uri], ...more }),
        { status: 400, error: 'invalid_client_metadata' },
        JSON.stringify(more).slice(0, 100)
      )
    }
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
  }
)

t.test('a client cannot give itself an id, a secret, or what only operators give', async (t) => {
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
      rows.find((one) => one.client_id === answer.client_id)
    ),
    { details: { redirect_uris: [uri] } }
  )
})

t.test(
  "a scheme that opens an app has a dot or is a known app's; nothing that the system itself acts on",
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

t.test('pages of other origins may register; other methods are told what is taken', async (t) => {
  const asked = await fetch(`${url}/register`, {
    method: 'OPTIONS',
    headers: { origin: 'https://inspector.example', 'access-control-request-method': 'POST' }
  })
  t.equal(asked.headers.get('access-control-allow-origin'), 'https://inspector.example')
  const got = await fetch(`${url}/api/v1/oauth/register`)
  t.match({ status: got.status, allow: got.headers.get('allow') }, { status: 405, allow: 'POST' })
  t.match(await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json(), {
    registration_endpoint: `${url}/api/v1/oauth/register`
  })
})

t.test(
  'a flood of registrations that nobody uses is bounded for its network, and in all at its own cost; what is used does not count',
  async (t) => {
    const { app, url } = await runService(t)
    const insert = (count: number, from: string) =>
      app.db
        .insertInto('oauth_clients')
        .values(
          Array.from({ length: count }, (_, index) => ({
            client_id: `${from}-${index}`,
            registration: 'dynamic' as const,
            registered_from: from,
            created_at: new Date(Date.now() - 1_800_000)
          }))
        )
        .execute()
    await insert(200, '127.0.0.1')
    const refused = await register(url, { redirect_uris: [uri] })
    t.match(refused, { status: 429, error: 'temporarily_unavailable' })
    const wait = Number(refused.headers.get('retry-after'))
    t.ok(wait > 1700 && wait <= 1800, `until the oldest is an hour old: ${wait} s`)
    await app.db
      .updateTable('oauth_clients')
      .set({ last_used_at: new Date() })
      .where('client_id', '=', '127.0.0.1-7')
      .execute()
    t.equal((await register(url, { redirect_uris: [uri] })).status, 201)
    await app.db.deleteFrom('oauth_clients').where('registered_from', '=', '127.0.0.1').execute()
    await insert(150, '192.0.2.2')
    await insert(1850, '192.0.2.1')
    t.equal((await register(url, { redirect_uris: [uri] })).status, 201, 'nobody else is kept out')
    const left = await app.db
      .selectFrom('oauth_clients')
      .select(['registered_from', sql<number>`count(*)::int`.as('count')])
      .groupBy('registered_from')
      .orderBy('registered_from')
      .execute()
    t.same(
      left.map(({ registered_from: from, count }) => `${from} ${count}`),
      ['127.0.0.1 1', '192.0.2.1 1849', '192.0.2.2 150']
    )
  }
)

t.test(
  'behind a proxy on this machine that is not trusted, a flood of one network closes registration for nobody else',
  async (t) => {
    const { app, url } = await runService(t)
    await app.db
      .insertInto('oauth_clients')
      .values(
        Array.from({ length: 200 }, (_, index) => ({
          client_id: `flood-${index}`,
          registration: 'dynamic' as const,
          registered_from: '203.0.113.1'
        }))
      )
      .execute()
    const from = (forwarded: string) =>
      register(url, { redirect_uris: [uri] }, '/register', { 'x-forwarded-for': forwarded })
    t.equal((await from('203.0.113.1')).status, 429)
    t.equal((await from('203.0.113.2, 203.0.113.1')).status, 429, 'what the proxy added counts')
    t.equal((await from('203.0.113.2')).status, 201)
    await app.db.updateTable('oauth_clients').set({ registered_from: '127.0.0.1' }).execute()
    t.match(await from('no address'), { status: 429, error_description: /TRUST_PROXY/ })
  }
)

t.test(
  'a flood at one instant gets no further than one after the other, but for what the connections of the database do at once',
  async (t) => {
    const { url } = await runService(t)
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => register(url, { redirect_uris: [uri] }))
    )
    const registered = answers.filter(({ status }) => status === 201).length
    t.ok(registered >= 200 && registered <= 210, `${registered} of 250`)
    t.equal(answers.filter(({ status }) => status === 429).length, 250 - registered)
  }
)

t.test('registration can be closed, or need the initial access token', async (t) => {
  const closed = await runService(t, { DYNAMIC_REGISTRATION: 'closed' })
  t.match(await register(closed.url, { redirect_uris: [uri] }), {
    status: 403,
    error: 'access_denied'
  })
  t.notMatch(
    await (await fetch(`${closed.url}/.well-known/oauth-authorization-server`)).text(),
    /registration_endpoint/
  )
  const guarded = await runService(t, {
    DYNAMIC_REGISTRATION: 'token',
    REGISTRATION_TOKEN: 'sixteen-letters-or-more'
  })
  for (const authorization of [undefined, 'Bearer wrong', 'Basic c2l4dGVlbg==']) {
    const answer = await register(guarded.url, { redirect_uris: [uri] }, '/register', {
      ...(authorization && { authorization })
    })
    t.match(answer, { status: 401, error: 'invalid_token' })
    t.match(answer.headers.get('www-authenticate'), /^Bearer /)
  }
  t.equal(
    (
      await register(guarded.url, { redirect_uris: [uri] }, '/register', {
        authorization: 'Bearer sixteen-letters-or-more'
      })
    ).status,
    201
  )
  await t.rejects(runService(t, { DYNAMIC_REGISTRATION: 'token' }), /REGISTRATION_TOKEN/)
})

async function clients(): Promise<number> {
  return (await app.db.selectFrom('oauth_clients').select('client_id').execute()).length
}
