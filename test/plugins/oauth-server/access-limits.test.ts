// What a person allows an app or a key within its scope, over HTTP: reading only, some namespaces.
// What each tool then reaches: test/tools/namespaces.test.ts.
import t, { type Test } from 'tap'
import { updateGrantLimits } from '../../../db/oauth/grant-limits.ts'
import { updateApiKeyLimits } from '../../../db/people/api-keys.ts'
import { type AccessLimits, noAccessLimits } from '../../../db/schema/index.ts'
import { deviceFlow } from '../../support/device-flow.ts'
import { call, connectClient, post, toolsCall } from '../../support/mcp-client.ts'
import {
  authorizationUrl,
  destination,
  type OAuthClient,
  postForm,
  redeem,
  refresh,
  register
} from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'
import type { Page, Visitor } from '../../support/visitor.ts'
import { toolClient } from '../../routes/api/v1/tool-client.ts'
import { ask } from './consent-request.ts'

const running = await runService(t)
const { db } = running.app

type Choice = Record<string, string | string[]>
const onlyWork: Choice = { reach: 'namespaces', namespace: ['work'] }

/** Sends the consent form with this choice in place of its own fields. */
function decideWith(visitor: Visitor, consent: Page, choice: Choice): Promise<Page> {
  const form = consent.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
  const kept = form.fields.filter(([name]) => !(name in choice))
  const chosen = Object.entries(choice).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value])
  )
  return visitor.post(form.action, [...kept, ...chosen, ['decision', 'approve']])
}

/** A person with memories in two namespaces, and an app that the person approved like this. */
async function approvedWith(choice: Choice, overrides: Record<string, string> = {}) {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const owner = await connectClient(t, running.url, (await running.key(user)).key)
  await call(owner, 'memory_store', { key: 'plan', value: 'plan of work', agent_name: 'work' })
  await call(owner, 'memory_store', { key: 'diary', value: 'a secret orchid' })
  const client = await register(running, { scope: 'mcp:tools' })
  const { url, verifier } = authorizationUrl(client, overrides)
  const consent = await visitor.get(url)
  const answer = destination(await decideWith(visitor, consent, choice))
  const code = answer.searchParams.get('code')!
  const tokens = await redeem(running.url, client, { code, verifier })
  return { user, visitor, owner, client, tokens, consent }
}

async function toolNames(credential: unknown): Promise<string[]> {
  const answer = await post(`${running.url}/mcp?profile=full`, String(credential), {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list'
  })
  const { result } = (await answer.json()) as { result: { tools: Array<{ name: string }> } }
  return result.tools.map(({ name }) => name)
}

async function callWith(credential: unknown, name: string, args: object) {
  const answer = await post(`${running.url}/mcp`, String(credential), toolsCall(name, args))
  const { result } = (await answer.json()) as {
    result?: { isError?: boolean; content: Array<{ text: string }> }
  }
  return { status: answer.status, isError: result?.isError, text: result?.content[0]?.text }
}

async function introspectedScope(client: OAuthClient, token: unknown): Promise<unknown> {
  const answer = await postForm(`${running.url}/api/v1/oauth/introspect`, {
    client_id: client.client_id,
    client_secret: client.client_secret,
    token: String(token)
  })
  return answer['scope']
}

function limit(user: { user_id: string }, client: OAuthClient, limits: Partial<AccessLimits>) {
  const selection = { user_id: user.user_id, client_id: client.client_id }
  const entry = { action: 'oauth.grant.limited' }
  return updateGrantLimits(db, selection, { ...noAccessLimits, ...limits }, entry)
}

t.test('an app that may only read: its tools, its scope, and what it is told', async (t) => {
  const { user, client, tokens } = await approvedWith({ access: 'read' })
  const token = tokens.access_token
  const readScope = 'mcp:tools:read'
  t.equal(tokens['scope'], readScope)
  t.equal(await introspectedScope(client, token), readScope)
  const names = await toolNames(token)
  t.ok(names.includes('memory_search') && names.includes('coding_search_errors'))
  t.notOk(names.includes('memory_store') || names.includes('graph_link'))
  const store = { key: 'k', value: 'v' }
  const refusal = /^This app may only read, and memory_store writes\. The owner can change that/
  t.match(await callWith(token, 'memory_store', store), {
    status: 200,
    isError: true,
    text: refusal
  })
  const rest = toolClient(running.url, String(token))
  t.match(await rest('/memory_store', { body: store }), {
    status: 403,
    body: { error_description: refusal }
  })
  const next = await refresh(running.url, client, tokens.refresh_token, { scope: 'mcp:tools' })
  t.match(next, { status: 200, scope: readScope }, 'no refresh widens it')
  t.match(await callWith(next.access_token, 'memory_store', store), { isError: true })
  await limit(user, client, {})
  t.match(
    await callWith(next.access_token, 'memory_store', store),
    { isError: undefined },
    'the owner widens it'
  )
  t.equal((await refresh(running.url, client, next.refresh_token)).scope, 'mcp:tools')
  const audited = await db
    .selectFrom('audit_logs')
    .select('details')
    .where('action', 'in', ['oauth.authorize.approved', 'oauth.grant.limited'])
    .where('client_id', '=', client.client_id)
    .orderBy('id')
    .execute()
  t.match(audited, [{ details: { access: 'read' } }, { details: { access: 'full' } }])
})

t.test('an app of one namespace: tools, REST, resources, prompts and completions', async (t) => {
  const { tokens, consent } = await approvedWith(onlyWork)
  t.match(consent.html, /name="namespace" value="global"[^]*name="namespace" value="work"/)
  const token = tokens.access_token
  t.equal(tokens['scope'], 'mcp:memory mcp:graph')
  const names = await toolNames(token)
  t.notOk(names.some((name) => /^coding_|^web_|tool_history/.test(name)))
  const client = await connectClient(t, running.url, token)
  const { resources } = await client.listResources()
  t.same(
    resources.map(({ uri }) => uri),
    ['memory://work/plan']
  )
  await t.rejects(client.readResource({ uri: 'memory://global/diary' }), { code: -32002 })
  const { completion } = await client.complete({
    ref: { type: 'ref/resource', uri: 'memory://{agent_name}/{key}' },
    argument: { name: 'key', value: '' }
  })
  t.same(completion.values, ['plan'])
  const prompt = await client.getPrompt({ name: 'what-do-you-know-about-me' })
  t.match(JSON.stringify(prompt), 'plan of work')
  t.notMatch(JSON.stringify(prompt), 'orchid')
  const rest = toolClient(running.url, String(token))
  const listed = await rest('/memory_list', { body: {} })
  t.match(listed.body, { count: 1, memories: [{ key: 'plan' }] })
  t.match(await rest('/memory_recall', { body: { key: 'diary', agent_name: 'global' } }), {
    body: { error_description: /may only use the namespace "work"/ }
  })
  const { tools } = (await rest('', { method: 'GET' })).body
  const schema = tools.find(({ name }: { name: string }) => name === 'memory_store').inputSchema
  t.match(schema.properties.agent_name, { default: 'work', description: 'One of "work".' })
})

t.test('limits narrow open streams and live tokens on their next call', async (t) => {
  const { user, client, tokens } = await approvedWith({})
  const stream = await connectClient(t, running.url, tokens.access_token, 'sse')
  t.match(await call(stream, 'memory_list'), { structured: { count: 2 } })
  await limit(user, client, { namespaces: ['work'] })
  const narrowed = await callWith(tokens.access_token, 'memory_recall', { key: 'diary' })
  t.match(narrowed, { isError: true })
  await t.resolves(retry(t, async () => (await call(stream, 'memory_list')).structured.count === 1))
  await limit(user, client, { namespaces: ['work'], beyond_namespaces: true })
  t.ok((await toolNames(tokens.access_token)).includes('coding_start_session'))
})

/** Repeats the question until it is true, at most 10 seconds. */
async function retry(t: Test, question: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (await question()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  t.fail('it never became true')
}

t.test('a choice that allows nothing is refused and stays on the page', async (t) => {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const client = await register(running, { scope: 'mcp:tools' })
  const consent = await visitor.get(authorizationUrl(client).url)
  const noneChosen = await decideWith(visitor, consent, { access: 'read', reach: 'namespaces' })
  t.equal(noneChosen.status, 400)
  t.match(noneChosen.html, /Select at least one namespace/)
  t.match(noneChosen.html, /value="read" checked[^]*value="namespaces" checked/)
  const nothingLeft = await decideWith(visitor, consent, { ...onlyWork, scope: ['mcp:web'] })
  t.match(nothingLeft.html, /nothing that is ticked has namespaces/)
  const grants = await db
    .selectFrom('oauth_grants')
    .where('client_id', '=', client.client_id)
    .select('grant_id')
    .execute()
  t.same(grants, [])
  const typed = { reach: 'namespaces', new_namespace: ' My  notes ', beyond: 'yes' }
  t.equal((await decideWith(visitor, consent, typed)).status, 200)
  t.match(
    await db
      .selectFrom('oauth_grants')
      .selectAll()
      .where('client_id', '=', client.client_id)
      .executeTakeFirst(),
    { namespaces: ['My notes'], beyond_namespaces: true, access: 'full' }
  )
})

t.test('a remembered decision keeps the limits as they were chosen last', async (t) => {
  const { user, visitor, client } = await approvedWith({ access: 'read', ...onlyWork })
  const silent = async () => {
    const { code, authorizationRequest } = await ask(visitor, client)
    return redeem(running.url, client, { code, verifier: authorizationRequest.verifier })
  }
  t.equal((await silent())['scope'], 'mcp:memory:read mcp:graph:read')
  await limit(user, client, { namespaces: ['home'] })
  const later = await silent()
  t.equal(later['scope'], 'mcp:memory mcp:graph')
  t.match(await callWith(later.access_token, 'memory_list', { agent_name: 'work' }), {
    isError: true
  })
  const again = await visitor.get(authorizationUrl(client, { prompt: 'consent' }).url)
  t.match(again.html, /value="namespaces" checked[^]*name="namespace" value="home" checked/)
})

t.test('a device asks the same', async (t) => {
  const flow = deviceFlow(running)
  const visitor = await flow.visitor()
  const client = await flow.deviceClient()
  const authorization = await flow.ask(client)
  const consent = await flow.enter(visitor, authorization.user_code)
  const refused = await decideWith(visitor, consent, { reach: 'namespaces' })
  t.match(refused.html, /Select at least one namespace[^]*value="namespaces" checked/)
  await decideWith(visitor, refused, { ...onlyWork, access: 'read' })
  t.match(await flow.poll(client, authorization), { scope: 'mcp:memory:read mcp:graph:read' })
})

t.test('a scope that only reads, and the way to more', async (t) => {
  const { tokens, consent, client } = await approvedWith({}, { scope: 'mcp:memory:read mcp:web' })
  t.match(consent.html, /value="mcp:memory:read"[^]*Search and read what is remembered/)
  t.equal(tokens['scope'], 'mcp:memory:read mcp:web')
  const answer = await post(
    `${running.url}/mcp`,
    String(tokens.access_token),
    toolsCall('memory_store', { key: 'k', value: 'v' })
  )
  t.equal(answer.status, 403)
  t.match(
    answer.headers.get('www-authenticate'),
    /error="insufficient_scope", .*scope="mcp:memory mcp:web"/
  )
  t.match(
    await refresh(running.url, client, tokens.refresh_token, { scope: 'mcp:memory' }),
    { status: 400, error: 'invalid_scope' },
    'a refresh cannot ask for more than reading'
  )
})

t.test('a key is limited in the same way, from its next call on', async (t) => {
  const user = await running.person()
  const { key, key_id: keyId } = await running.key(user)
  t.match(await callWith(key, 'memory_store', { key: 'k', value: 'v' }), { isError: undefined })
  const limits = { ...noAccessLimits, access: 'read' as const, namespaces: ['work'] }
  await updateApiKeyLimits(db, user.user_id, keyId, limits)
  t.match(await callWith(key, 'memory_store', { key: 'k', value: 'v' }), {
    isError: true,
    text: /^This API key may only read/
  })
  t.match(await callWith(key, 'memory_recall', { key: 'k' }), { isError: true })
  t.match(await callWith(key, 'memory_get_tool_history', {}), {
    isError: true,
    text: /may only use the memories of its namespaces/
  })
  t.notOk(await updateApiKeyLimits(db, (await running.person()).user_id, keyId, noAccessLimits))
})
