import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { issueClient } from '../../../db/oauth/clients.ts'
import { type OAuthClient, token } from '../../support/oauth-client.ts'
import { outside } from '../../support/outside.ts'
import { registerDynamically } from '../../support/registration-client.ts'
import { runService } from '../../support/running.ts'
import { approveAt, signedIn } from '../person.ts'
import { byDocuments } from './documents.ts'
import { hosted } from './hosted.ts'
import { local } from './local.ts'
import type { Message, Recording } from './recording.ts'

// The internet is unreachable, so the service uses its bundled copies of the client documents.
const internet = await outside(t, (_, response) => response.writeHead(503).end())
const running = await runService(t, {}, undefined, { network: internet.network })
type Test = Pick<typeof t, 'equal' | 'match' | 'ok' | 'same'>
type Discovered = { mcp: string, resource: Record<string, any>, server: Record<string, any> }

for (const recording of [...hosted, ...local, ...byDocuments]) {
  t.test(`${recording.client}: from the first 401 to tools/list`, async (t) => {
    const discovered = await discover(t, recording)
    const client = await registered(t, recording)
    const tokens = await authorized(t, recording, discovered, client)
    t.match(tokens, { status: 200, token_type: 'Bearer', expires_in: 3600, access_token: /./, refresh_token: /./, scope: /mcp:tools/ })
    await hold(t, recording, discovered, tokens['access_token'])
    const form = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']), client_id: client.client_id, client_secret: client.client_secret }
    const refreshed = await token(running.url, { ...form, ...filled(recording.refresh, discovered) })
    t.match(refreshed, { status: 200, refresh_token: /./ })
    t.equal((await send(discovered.mcp, recording.session.at(-1)!, refreshed['access_token'])).status, 200, 'the refreshed token serves')
  })
}

/** Sends the probes, and reads the two documents that the challenge leads to. */
async function discover (t: Test, { path, probes, asksToo = {} }: Recording): Promise<Discovered> {
  const mcp = running.url + path
  let challenge = ''
  for (const probe of probes) {
    const answer = await send(mcp, probe)
    challenge = answer.headers.get('www-authenticate') ?? ''
    t.equal(answer.status, probe.answered, `${probe.method} without a credential`)
    t.match(challenge, /^Bearer (?!.*error=).*resource_metadata="[^"]+".*scope="[^"]+"/)
  }
  const resource = await document(/resource_metadata="([^"]+)"/.exec(challenge)![1]!)
  t.equal(resource['resource'], mcp, 'the resource is the URL as it was configured, to the byte')
  const [issuer] = resource['authorization_servers'] as [string]
  const server = await document(`${issuer}/.well-known/oauth-authorization-server`)
  t.match(server, { issuer, response_types_supported: ['code'], code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none'], client_id_metadata_document_supported: true })
  for (const [url, status] of Object.entries(asksToo)) t.equal((await fetch(running.url + url)).status, status, url)
  return { mcp, resource, server }
}

async function document (url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(url, { redirect: 'error', headers: { accept: 'application/json', 'mcp-protocol-version': '2025-11-25' } })
  if (answer.status !== 200) throw new Error(`${url} is answered ${answer.status}.`)
  return await answer.json() as Record<string, unknown>
}

/** Registers as often as the client does. The first registration must stay valid. */
async function registered (t: Test, { registration, redirectUri }: Recording): Promise<OAuthClient> {
  if ('document' in registration) return { client_id: registration.document, redirect_uri: redirectUri }
  if ('columns' in registration) {
    const { client_id: id, redirect_uris: uris } = registration.columns
    const issued = await issueClient(running.app.db, id, { client_name: 'ChatGPT', redirect_uris: uris, scope: 'mcp:tools mcp:memory mcp:coding', token_endpoint_auth_method: 'client_secret_post' })
    return { client_id: id, client_secret: issued!.client_secret, redirect_uri: redirectUri }
  }
  const { body, times = 1, answered } = registration
  const answers = await Promise.all(Array.from({ length: times }, () => registerDynamically(running.url, body)))
  for (const answer of answers) {
    t.match(answer, { status: 201, ...answered })
    t.same(answer['redirect_uris'], (body as { redirect_uris: string[] }).redirect_uris)
    t.equal('client_secret' in answer, answered['token_endpoint_auth_method'] !== 'none')
  }
  const [{ client_id: id, client_secret: secret }] = answers as [typeof answers[number]]
  return { client_id: id, client_secret: secret, redirect_uri: redirectUri }
}

async function authorized (t: Test, { authorize, token: more, redirectUri }: Recording, discovered: Discovered, client: OAuthClient) {
  const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(16).toString('base64url')]
  const url = new URL(discovered.server['authorization_endpoint'] as string)
  url.search = new URLSearchParams({
    response_type: 'code', client_id: client.client_id, redirect_uri: redirectUri, state, code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...filled(authorize, discovered)
  }).toString()
  const callback = await approveAt(await signedIn(running), url)
  t.ok(callback.href.startsWith(redirectUri), `it is called back at ${redirectUri}`)
  t.match(Object.fromEntries(callback.searchParams), { state, iss: discovered.server['issuer'] })
  return token(running.url, {
    grant_type: 'authorization_code', code: callback.searchParams.get('code')!, redirect_uri: redirectUri, code_verifier: verifier, client_id: client.client_id, client_secret: client.client_secret, ...filled(more, discovered)
  })
}

/** Sends the messages of the session in order, with the session id of `initialize`. */
async function hold (t: Test, { session }: Recording, { mcp }: Discovered, accessToken: unknown): Promise<void> {
  let sessionId: string | undefined
  for (const message of session) {
    const answer = await send(mcp, message, accessToken, sessionId)
    sessionId ??= answer.headers.get('mcp-session-id') ?? undefined
    t.equal(answer.status, message.answered, `${message.method} ${(message.body as { method?: string })?.method ?? ''}`)
    const text = await answer.text()
    if (text.includes('"tools"') && (message.body as { method?: string }).method === 'tools/list') t.match(text, '"memory_store"')
  }
}

function send (mcp: string, { method, headers, body }: Message, accessToken?: unknown, sessionId?: string): Promise<Response> {
  return fetch(mcp, {
    method,
    headers: { ...headers, ...(accessToken !== undefined && { authorization: `Bearer ${String(accessToken)}` }), ...(sessionId !== undefined && { 'mcp-session-id': sessionId }) },
    ...(body && { body: JSON.stringify(body) })
  })
}

function filled (parameters: Record<string, string>, { mcp, resource, server }: Discovered): Record<string, string> {
  const upper = mcp.replace(/^\w+:\/\/[^/]+/, (origin) => origin.toUpperCase())
  const list = (values: unknown) => (values as string[]).join(' ')
  const words: Array<[string, string]> = [['{mcp}', mcp], ['{MCP}', upper], ['{scopes}', list(resource['scopes_supported'])], ['{all scopes}', list(server['scopes_supported'])]]
  return Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, words.reduce((so, [word, value]) => so.replace(word, value), text)]))
}
