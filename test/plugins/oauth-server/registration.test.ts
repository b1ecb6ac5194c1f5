import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import type {
  OAuthClientInformationFull,
  OAuthTokens
} from '@modelcontextprotocol/sdk/shared/auth.js'
import t from 'tap'
import { approve, decide, destination, redeem } from '../../support/oauth-client.ts'
import { registerDynamically as register } from '../../support/registration-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const { url } = running
const uri = 'https://claude.ai/api/mcp/auth_callback'

const defaults = {
  scope: 'mcp:tools mcp:memory mcp:coding',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code']
}
/** Who registers, what it sends, and what is registered. */
const realClients: Array<[name: string, sent: object, expected: object]> = [
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
]

t.test('metadata of real clients is registered, and the response repeats it', async (t) => {
  for (const [name, sent, expected] of realClients) {
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

t.test('a registered client can connect at once, and needs PKCE even with a secret', async (t) => {
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
})

t.test('the SDK registers and gets tokens by discovery alone', async (t) => {
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

t.test('pages of other origins may register, and other methods get Allow', async (t) => {
  const preflight = await fetch(`${url}/register`, {
    method: 'OPTIONS',
    headers: { origin: 'https://inspector.example', 'access-control-request-method': 'POST' }
  })
  t.equal(preflight.headers.get('access-control-allow-origin'), 'https://inspector.example')
  const got = await fetch(`${url}/api/v1/oauth/register`)
  t.match({ status: got.status, allow: got.headers.get('allow') }, { status: 405, allow: 'POST' })
  t.match(await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json(), {
    registration_endpoint: `${url}/api/v1/oauth/register`
  })
})
