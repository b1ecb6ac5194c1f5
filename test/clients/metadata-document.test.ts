import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens
} from '@modelcontextprotocol/sdk/shared/auth.js'
import t from 'tap'
import { call } from '../support/mcp-client.ts'
import { outside } from '../support/outside.ts'
import { runService } from '../support/running.ts'
import type { Visitor } from '../support/visitor.ts'
import { approveAt, signedIn } from './person.ts'

const DOCUMENT = 'https://app.example.com/client.json'
const REDIRECT = 'http://127.0.0.1:49155/callback'
const metadata = {
  client_id: DOCUMENT,
  client_name: 'Documented app',
  redirect_uris: [REDIRECT],
  token_endpoint_auth_method: 'none'
}
const world = await outside(t, (_request, response) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify(metadata))
)
const running = await runService(t, {}, undefined, { network: world.network })

/** A program with a metadata document, which registers itself where documents are unsupported. */
class Provider implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT
  readonly clientMetadata = { client_name: metadata.client_name, redirect_uris: [REDIRECT] }
  readonly clientMetadataUrl = DOCUMENT
  readonly visitor: Visitor
  client: OAuthClientInformationMixed | undefined
  saved: OAuthTokens | undefined
  verifier = ''
  callback: URL | undefined
  constructor(visitor: Visitor) {
    this.visitor = visitor
  }

  clientInformation() {
    return this.client
  }
  saveClientInformation(client: OAuthClientInformationMixed) {
    this.client = client
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
    this.callback = await approveAt(this.visitor, url)
  }
}

t.test('the client of the SDK sends its metadata document instead of registering', async (t) => {
  const authProvider = new Provider(await signedIn(running))
  const connection = () =>
    new StreamableHTTPClientTransport(new URL(`${running.url}/mcp`), { authProvider })
  const first = connection()
  await t.rejects(new Client({ name: 'sdk', version: '1' }).connect(first), /Unauthorized/)
  t.equal(authProvider.client?.client_id, DOCUMENT)
  await first.finishAuth(authProvider.callback!.searchParams.get('code')!)
  const client = new Client({ name: 'sdk', version: '1' })
  await client.connect(connection())
  t.teardown(() => client.close())
  t.match((await call(client, 'memory_store', { key: 'k', value: 'v' })).structured, {
    created: true
  })
  const rows = await running.app.db
    .selectFrom('oauth_clients')
    .select(['client_id', 'registration'])
    .execute()
  t.same(
    rows.filter(({ registration }) => registration !== 'operator'),
    [{ client_id: DOCUMENT, registration: 'metadata_document' }]
  )
})
