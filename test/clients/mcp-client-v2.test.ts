import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError
} from '@modelcontextprotocol/client'
import t from 'tap'
import { runService } from '../support/running.ts'
import type { Visitor } from '../support/visitor.ts'
import { approveAt, signedIn } from './person.ts'

const running = await runService(t)
type Saved<Method extends 'saveClientInformation' | 'saveTokens'> = Parameters<
  NonNullable<OAuthClientProvider[Method]>
>[0]

/** The callbacks that the library needs: storage in memory, and a person who approves. */
class Provider implements OAuthClientProvider {
  readonly redirectUrl = 'http://127.0.0.1:49154/callback'
  readonly clientMetadata = {
    client_name: 'v2 client',
    redirect_uris: [this.redirectUrl],
    application_type: 'native' as const
  }
  readonly visitor: Visitor
  client: Saved<'saveClientInformation'> | undefined
  saved: Saved<'saveTokens'> | undefined
  verifier = ''
  callback: URL | undefined
  found: Parameters<NonNullable<OAuthClientProvider['saveDiscoveryState']>>[0] | undefined
  constructor(visitor: Visitor) {
    this.visitor = visitor
  }

  state() {
    return 'some state'
  }
  clientInformation() {
    return this.client
  }
  saveClientInformation(client: Saved<'saveClientInformation'>) {
    this.client = client
  }
  tokens() {
    return this.saved
  }
  saveTokens(tokens: Saved<'saveTokens'>) {
    this.saved = tokens
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier
  }
  codeVerifier() {
    return this.verifier
  }
  saveDiscoveryState(state: typeof this.found & object) {
    this.found = state
  }
  discoveryState() {
    return this.found
  }
  async redirectToAuthorization(url: URL) {
    this.callback = await approveAt(this.visitor, url)
  }
}

for (const path of ['/api/v1/mcp/sse', '/mcp']) {
  t.test(
    `the client of SDK 2 registers itself at ${path}, connects and agrees on a protocol version`,
    async (t) => {
      const authProvider = new Provider(await signedIn(running))
      const connection = () =>
        new StreamableHTTPClientTransport(new URL(running.url + path), { authProvider })
      const connect = async (
        transport: StreamableHTTPClientTransport,
        mode: 'auto' | { pin: string } = 'auto'
      ) => {
        const client = new Client({ name: 'v2', version: '1' }, { versionNegotiation: { mode } })
        t.teardown(() => client.close())
        await client.connect(transport)
        return client
      }
      const first = connection()
      await t.rejects(connect(first), UnauthorizedError)
      await first.finishAuth(authProvider.callback!.searchParams)
      t.match(authProvider.client, { token_endpoint_auth_method: 'none', client_name: 'v2 client' })
      const client = await connect(connection())
      t.equal(client.getNegotiatedProtocolVersion(), '2026-07-28')
      t.ok((await client.listTools()).tools.some(({ name }) => name === 'memory_store'))
      t.match(
        await client.callTool({ name: 'memory_store', arguments: { key: 'from-v2', value: 'v' } }),
        { structuredContent: { created: true } }
      )
      const pinned = await connect(connection(), { pin: '2026-07-28' })
      t.match(
        await pinned.callTool({ name: 'memory_recall', arguments: { key: 'from-v2' } }),
        { structuredContent: { value: 'v' } },
        'one token serves both forms'
      )
    }
  )
}
