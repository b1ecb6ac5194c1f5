import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import t from 'tap'
import { call } from '../../support/mcp-client.ts'
import { decide, destination, type OAuthClient, register } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'
import type { Visitor } from '../../support/visitor.ts'

const running = await runService(t)

/** The SDK's own OAuth client; its browser is a visitor who approves. */
class Provider implements OAuthClientProvider {
  readonly client: OAuthClient
  readonly visitor: Visitor
  code: string | undefined
  saved: OAuthTokens | undefined
  verifier = ''
  constructor(client: OAuthClient, visitor: Visitor) {
    this.client = client
    this.visitor = visitor
  }

  get redirectUrl() {
    return this.client.redirect_uri
  }
  get clientMetadata() {
    return { redirect_uris: [this.client.redirect_uri] }
  }
  state() {
    return 'some state'
  }
  clientInformation() {
    return {
      client_id: this.client.client_id,
      ...(this.client.client_secret && { client_secret: this.client.client_secret })
    }
  }
  tokens() {
    return this.saved
  }
  saveTokens(tokens: OAuthTokens) {
    this.saved = tokens
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier
  }
  codeVerifier() {
    return this.verifier
  }
  async redirectToAuthorization(url: URL) {
    const consent = await this.visitor.get(url.pathname + url.search)
    this.code = destination(await decide(this.visitor, consent, 'approve')).searchParams.get(
      'code'
    )!
  }
}

for (const method of ['none', 'client_secret_post'] as const) {
  for (const kind of ['http', 'sse'] as const) {
    for (const path of ['/api/v1/mcp/sse', '/mcp']) {
      t.test(
        `the SDK (${method}, ${kind}) gets from 401 on ${path} to a tool call by discovery alone`,
        async (t) => {
          const user = await running.person()
          const visitor = await running.signedIn(user.email)
          const authProvider = new Provider(
            await register(running, { method, uris: ['http://127.0.0.1/callback'] }),
            visitor
          )
          authProvider.client.redirect_uri = 'http://127.0.0.1:41999/callback' // a loopback client's port changes from run to run
          const endpoint = new URL(running.url + path)
          const transport = () =>
            kind === 'http'
              ? new StreamableHTTPClientTransport(endpoint, { authProvider })
              : new SSEClientTransport(endpoint, { authProvider })
          const first = transport()
          const client = new Client({ name: 'sdk', version: '1' })
          await t.rejects(client.connect(first), { name: 'Error', message: /Unauthorized/ })
          await first.finishAuth(authProvider.code!)
          const connected = new Client({ name: 'sdk', version: '1' })
          await connected.connect(transport())
          t.teardown(() => connected.close())
          t.match(
            (await call(connected, 'memory_store', { key: `k-${kind}`, value: 'v' })).structured,
            { user_id: user.user_id, created: true }
          )
          const before = authProvider.saved!.access_token
          t.equal(await auth(authProvider, { serverUrl: endpoint }), 'AUTHORIZED', 'and refreshes')
          t.not(authProvider.saved!.access_token, before)
          t.ok((await connected.listTools()).tools.length > 0)
        }
      )
    }
  }
}

t.test('the metadata lists what exists, with the exact issuer', async (t) => {
  for (const suffix of ['', '/', '/api/v1/mcp/sse', '/mcp/sse', '/mcp']) {
    const answer = await fetch(`${running.url}/.well-known/oauth-authorization-server${suffix}`)
    t.equal(answer.status, 200, suffix)
    const metadata = (await answer.json()) as Record<string, string>
    t.equal(metadata.issuer, running.url)
    t.match(metadata, {
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true
    })
    for (const name of Object.keys(metadata).filter((key) => key.endsWith('_endpoint'))) {
      t.not((await fetch(metadata[name]!)).status, 404, name)
    }
  }
  t.equal((await fetch(`${running.url}/.well-known/openid-configuration`)).status, 404)
  t.match(await (await fetch(`${running.url}/.well-known/oauth-protected-resource`)).json(), {
    resource: `${running.url}/api/v1/mcp/sse`,
    authorization_servers: [running.url]
  })
})
