import type {
  CallToolResult,
  InitializeResult,
  ListToolsResult
} from '@modelcontextprotocol/sdk/types.js'
import t from 'tap'
import { connected } from '../oauth-client.ts'
import { initialize, post, resultOf, toolsCall } from '../mcp-client.ts'
import { runService } from '../running.ts'

const running = await runService(t)
const { url } = running
const user = await running.person()
const { key } = await running.key(user)
const paths = ['/api/v1/mcp/sse', '/mcp/sse', '/mcp', '/api/v1/mcp', '/mcp/']

t.test(
  'without a credential every method and spelling gets 401 with the address of its own metadata and no error code',
  async (t) => {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'DELETE', 'HEAD']) {
        const answer = await fetch(url + path, { method })
        t.equal(answer.status, 401, `${method} ${path}`)
        const challenge = answer.headers.get('www-authenticate')!
        const metadata = `${url}/.well-known/oauth-protected-resource${path.replace(/\/$/, '')}`
        t.equal(challenge, `Bearer resource_metadata="${metadata}", scope="mcp:tools"`)
      }
      const document = (await (
        await fetch(`${url}/.well-known/oauth-protected-resource${path}`)
      ).json()) as { resource: string }
      t.equal(document.resource, url + path.replace(/\/$/, ''))
    }
  }
)

t.test(
  'a wrong, revoked or expired credential gets 401 invalid_token and nothing else',
  async (t) => {
    const revoked = await running.key(user)
    const expired = await running.key(user)
    const { db } = running.app
    await db
      .updateTable('api_keys')
      .set({ revoked_at: new Date() })
      .where('key_id', '=', revoked.key_id)
      .execute()
    await db
      .updateTable('api_keys')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('key_id', '=', expired.key_id)
      .execute()
    const { tokens } = await connected(running)
    for (const credential of [
      'kagura_wrong',
      'nonsense',
      revoked.key,
      expired.key,
      String(tokens.refresh_token),
      `${String(tokens.access_token)}x`
    ]) {
      const answer = await post(
        `${url}/mcp`,
        credential,
        toolsCall('memory_store', { key: 'k', value: 'v' })
      )
      t.equal(answer.status, 401)
      t.match(
        answer.headers.get('www-authenticate'),
        /^Bearer error="invalid_token", error_description=".+", resource_metadata=/
      )
    }
    const rows = await db.selectFrom('memories').select('key').execute()
    t.same(rows, [])
  }
)

t.test('a disabled user and a deleted client end what they had', async (t) => {
  const one = await connected(running)
  const theirs = await running.key(one.user)
  await running.app.db
    .updateTable('users')
    .set({ disabled_at: new Date() })
    .where('user_id', '=', one.user.user_id)
    .execute()
  for (const credential of [String(one.tokens.access_token), theirs.key]) {
    t.equal((await post(`${url}/mcp`, credential, initialize)).status, 401)
  }
  const two = await connected(running)
  await running.app.db
    .deleteFrom('oauth_clients')
    .where('client_id', '=', two.client.client_id)
    .execute()
  t.equal((await post(`${url}/mcp`, String(two.tokens.access_token), initialize)).status, 401)
})

t.test(
  'x-api-key serves as well, two different credentials are refused, and one in the URL is not read',
  async (t) => {
    t.equal((await post(`${url}/mcp`, undefined, initialize, { 'x-api-key': key })).status, 200)
    t.equal(
      (await post(`${url}/mcp`, 'kagura_other', initialize, { 'x-api-key': key })).status,
      400
    )
    t.equal(
      (await post(`${url}/mcp?access_token=${key}&key=${key}`, undefined, initialize)).status,
      401
    )
    t.equal(
      (await post(`${url}/mcp`, undefined, initialize, { authorization: `bearer  ${key} ` }))
        .status,
      200
    )
  }
)

t.test('the key endpoint takes keys only and says nothing of OAuth', async (t) => {
  const { tokens } = await connected(running)
  t.equal((await post(`${url}/api/v1/mcp/key`, key, initialize)).status, 200)
  for (const credential of [undefined, 'kagura_wrong', String(tokens.access_token)]) {
    const answer = await post(`${url}/api/v1/mcp/key`, credential, initialize)
    t.equal(answer.status, 401)
    t.notMatch(answer.headers.get('www-authenticate'), /Bearer|resource_metadata/)
  }
  t.equal((await fetch(`${url}/.well-known/oauth-protected-resource/api/v1/mcp/key`)).status, 404)
})

t.test(
  'initialize hands out a session id that stands for itself; a forged or foreign one gets 404',
  async (t) => {
    const answer = await post(`${url}/mcp`, key, initialize)
    const id = answer.headers.get('mcp-session-id')!
    t.match(await resultOf<InitializeResult>(answer), {
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'kagura-memory' }
    })
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    t.equal((await post(`${url}/mcp`, key, list, { 'mcp-session-id': id })).status, 200)
    t.equal(
      (await post(`${url}/mcp`, key, list)).status,
      200,
      'a request without one is served all the same'
    )
    const forged = await post(`${url}/mcp`, key, list, { 'mcp-session-id': `${id}x` })
    t.equal(forged.status, 404)
    t.match(await forged.json(), { jsonrpc: '2.0', error: { code: -32001 } })
    const stranger = await running.key(await running.person())
    t.equal((await post(`${url}/mcp`, stranger.key, list, { 'mcp-session-id': id })).status, 404)
    for (const headers of [
      { 'mcp-session-id': id },
      { 'mcp-protocol-version': '2025-11-25' }
    ] as Array<Record<string, string>>) {
      const get = await fetch(`${url}/mcp`, {
        headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...headers }
      })
      t.equal(get.status, 405)
      t.equal(get.headers.get('allow'), 'POST')
    }
  }
)

t.test('a session cannot be ended, because nothing is kept for one', async (t) => {
  const answer = await fetch(`${url}/mcp`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${key}`, 'mcp-session-id': 'x' }
  })
  t.equal(answer.status, 405)
  t.equal(answer.headers.get('allow'), 'GET, POST')
})

t.test('what is not JSON-RPC gets a JSON-RPC error, and notifications get 202', async (t) => {
  const cases: Array<[unknown, number, number]> = [
    ['{', 400, -32700],
    [[], 400, -32600],
    [{ hello: 1 }, 400, -32600],
    [[initialize, initialize], 400, -32600]
  ]
  for (const [body, status, code] of cases) {
    const answer = await post(`${url}/mcp`, key, body)
    t.equal(answer.status, status, JSON.stringify(body))
    t.match(await answer.json(), { jsonrpc: '2.0', error: { code } })
  }
  t.equal(
    (await post(`${url}/mcp`, key, { jsonrpc: '2.0', method: 'notifications/initialized' })).status,
    202
  )
  t.match(await (await post(`${url}/mcp`, key, { jsonrpc: '2.0', id: 3, method: 'nope' })).json(), {
    error: { code: -32601 }
  })
  const list = { jsonrpc: '2.0', id: 'list-1', method: 'tools/list' }
  const newer = await post(`${url}/mcp`, key, list, { 'mcp-protocol-version': '2026-07-28' })
  t.equal(newer.status, 400)
  t.match(await newer.json(), {
    id: 'list-1',
    error: { code: -32000, data: { supported: ['2025-11-25'], requested: '2026-07-28' } }
  })
  t.equal(
    (await post(`${url}/mcp`, key, initialize, { 'mcp-protocol-version': '2026-07-28' })).status,
    200,
    'the header counts from the next request on'
  )
  t.equal((await post(`${url}/mcp`, key, initialize, { 'content-type': 'text/plain' })).status, 400)
  const form = await post(`${url}/mcp`, key, initialize, {
    'content-type': 'application/x-www-form-urlencoded'
  })
  t.equal(form.status, 415)
  t.match(await form.text(), 'Content-Type: application/json', 'curl without a header')
})

t.test(
  'an error echoes the id of its request, and no answer is the dump of a validator',
  async (t) => {
    const asked = async (message: object) =>
      (await (await post(`${url}/mcp`, key, { jsonrpc: '2.0', id: 'a', ...message })).json()) as {
        id: unknown
        error?: { code: number; message: string }
        result?: { isError?: boolean }
      }
    t.match(await asked({ method: 'server/discover', params: {} }), {
      id: 'a',
      error: { code: -32601, data: { supported: ['2025-11-25'] } }
    })
    t.match(await asked({ jsonrpc: '1.0', method: 'ping' }), { id: 'a', error: { code: -32600 } })
    for (const params of [
      { name: 5 },
      {},
      { name: 'memory_stats', arguments: 7 },
      { name: 'memory_stats', arguments: 'no JSON' },
      { name: 'memory_stats', arguments: [1] },
      null
    ]) {
      const { id, error } = await asked({ method: 'tools/call', params })
      t.equal(id, 'a')
      t.ok(error!.code === -32602 || error!.code === -32600, JSON.stringify(params))
      t.notMatch(error!.message, /[[{]\s*"|invalid_type/, JSON.stringify(params))
    }
    for (const method of [
      'initialize',
      'resources/read',
      'resources/list',
      'prompts/get',
      'completion/complete',
      'logging/setLevel'
    ]) {
      const { error } = await asked({ method, params: { uri: 7, name: 7, cursor: 7, ref: 7 } })
      t.notMatch(error?.message, /[[{]\s*"|invalid_type/, method)
    }
    for (const args of [null, '', '{}', [], '{"agent_name":""}', undefined]) {
      const { result } = await asked({
        method: 'tools/call',
        params: { name: 'kagura_tool_memory_stats', arguments: args }
      })
      t.ok(result && !result.isError, JSON.stringify(args))
    }
  }
)

t.test('a client may add arguments of its own, through every door, and is told', async (t) => {
  const added = {
    sessionId: 'abc',
    action: 'sendMessage',
    chatInput: 'hi',
    toolCallId: 'call_1',
    filter: {}
  }
  const { content, structuredContent } = await resultOf<{
    content: Array<{ text: string }>
    structuredContent: object
  }>(
    await post(`${url}/mcp`, key, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'memory_search', arguments: { query: 'harbour', ...added } }
    })
  )
  t.match(
    content[0]!.text,
    /Ignored what memory_search does not take: sessionId, action, chatInput, toolCallId, filter\.$/
  )
  t.match(structuredContent, { results: [], notice: /sessionId/ })
  for (const name of ['memory_search', 'kagura_tool_memory_search']) {
    const rest = await post(`${url}/api/v1/tools/${name}`, key, {
      query: 'harbour',
      k: '',
      ...added
    })
    t.match([rest.status, await rest.json()], [200, { results: [], notice: /toolCallId/ }])
  }
  const typo = await post(`${url}/api/v1/tools/memory_search`, key, { qeury: 'harbour' })
  t.match(
    [typo.status, await typo.json()],
    [
      400,
      { error: 'invalid_arguments', error_description: /there is no qeury\. Did you mean query\?/ }
    ]
  )
  const unknown = await post(`${url}/api/v1/tools/store_memory`, key, {})
  const { error_description: advice } = (await unknown.json()) as { error_description: string }
  t.match(advice, /^There is no tool "store_memory"\. Did you mean memory_store[^?]*\?/)
  t.ok(advice.length < 250, 'not all 49')
})

t.test(
  'names are compared as people write them, and a namespace that is nearly another one is pointed out',
  async (t) => {
    const asked = async (name: string, args: object) =>
      (await (await post(`${url}/api/v1/tools/${name}`, key, args)).json()) as Record<string, any>
    t.match(
      await asked('memory_store', {
        key: ' plot  twist ',
        value: 'a dragon',
        agent_name: 'story-bible ',
        tags: [' cafe\u0301 ', 'caf\u00e9']
      }),
      { key: 'plot twist', agent_name: 'story-bible', created: true }
    )
    t.match(await asked('memory_recall', { key: 'plot twist', agent_name: '  story-bible' }), {
      value: 'a dragon',
      tags: ['caf\u00e9']
    })
    t.match(await asked('memory_search', { query: 'dragon', agent_name: 'Story_Bible' }), {
      results: [],
      reason: /Namespace "Story_Bible" is another one than "story-bible" \(1 memory\)/
    })
    t.match(await asked('memory_list', { agent_name: 'Story Bible' }), {
      count: 0,
      reason: /"story-bible" \(1 memory\)/
    })
    t.match(await asked('memory_store', { key: 'k', value: 'v', agent_name: 'STORY-BIBLE' }), {
      created: true,
      hint: /another one than "story-bible"/
    })
    t.match(await asked('memory_store', { key: ' ', value: 'v' }), {
      error: 'invalid_arguments',
      error_description: /key has nothing but blanks/
    })
    await running.app.db
      .updateTable('memories')
      .set({ key: 'odd ', agent_name: ' old' })
      .where('key', '=', 'k')
      .execute()
    t.match(
      await asked('memory_recall', { key: 'odd ', agent_name: ' old' }),
      { key: 'odd ', value: 'v' },
      'stored before under an odd spelling'
    )
  }
)

t.test('a batch that cancels a request of its own is answered like any other', async (t) => {
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }
  for (const batch of [
    [ping, cancelled],
    [cancelled, ping]
  ]) {
    const answer = await fetch(`${url}/mcp`, {
      method: 'POST',
      body: JSON.stringify(batch),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(10_000)
    })
    t.same(await answer.json(), [{ jsonrpc: '2.0', id: 1, result: {} }])
  }
  t.equal((await post(`${url}/mcp`, key, cancelled)).status, 202)
})

t.test(
  'a foreign origin gets 403, known ones and loopback are served, and preflight needs no credential',
  async (t) => {
    for (const path of ['/mcp', '/%6dcp', '/api/v1/%6dcp/sse', '/api/v1/%74ools/memory_stats']) {
      t.equal(
        (await post(url + path, key, initialize, { origin: 'https://evil.example' })).status,
        403,
        `${path}: however it is spelled`
      )
    }
    for (const origin of ['https://claude.ai', 'https://chatgpt.com', 'http://localhost:6274']) {
      const answer = await post(`${url}/mcp`, key, initialize, { origin })
      t.equal(answer.status, 200)
      t.equal(answer.headers.get('access-control-allow-origin'), origin)
      t.match(answer.headers.get('access-control-expose-headers'), /mcp-session-id/i)
    }
    const preflight = await fetch(`${url}/mcp`, {
      method: 'OPTIONS',
      headers: { origin: 'https://claude.ai', 'access-control-request-method': 'POST' }
    })
    t.equal(preflight.status, 204)
    const authorize = await fetch(`${url}/api/v1/oauth/authorize`, {
      headers: { origin: 'https://claude.ai' }
    })
    t.equal(authorize.headers.get('access-control-allow-origin'), null)
  }
)

t.test(
  'scope decides what is listed and called: 403 where asking again can help, a tool error where it cannot',
  async (t) => {
    const { tokens, client } = await connected(running)
    const { db } = running.app
    await db
      .updateTable('oauth_tokens')
      .set({ scope: 'mcp:memory' })
      .where('client_id', '=', client.client_id)
      .execute()
    const answer = await post(
      `${url}/mcp`,
      String(tokens.access_token),
      toolsCall('coding_start_session', { project_id: 'p', description: 'd' })
    )
    t.equal(answer.status, 403)
    t.match(
      answer.headers.get('www-authenticate'),
      /error="insufficient_scope".*scope="mcp:memory mcp:coding"/
    )
    await db
      .updateTable('oauth_clients')
      .set({ scope: 'mcp:memory' })
      .where('client_id', '=', client.client_id)
      .execute()
    const refused = await resultOf<CallToolResult>(
      post(
        `${url}/mcp`,
        String(tokens.access_token),
        toolsCall('coding_start_session', { project_id: 'p', description: 'd' })
      )
    )
    t.match(refused, { isError: true, content: [{ text: /not registered/ }] })
    const narrow = await running.key(user, 'mcp:coding')
    const { tools } = await resultOf<ListToolsResult>(
      post(`${url}/mcp`, narrow.key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
    )
    t.ok(tools.every(({ name }) => name.startsWith('coding_')))
    t.match(
      await resultOf<CallToolResult>(
        post(`${url}/mcp`, narrow.key, toolsCall('memory_recall', { key: 'k' }))
      ),
      { isError: true }
    )
  }
)

t.test('read_only people get the tools that only read', async (t) => {
  const reader = await running.key(await running.person(undefined, 'read_only'))
  const { tools } = await resultOf<ListToolsResult>(
    post(`${url}/mcp`, reader.key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
  )
  t.ok(tools.length > 0)
  t.ok(tools.every(({ annotations }) => annotations!.readOnlyHint))
  t.match(
    await resultOf<CallToolResult>(
      post(`${url}/mcp`, reader.key, toolsCall('memory_store', { key: 'k', value: 'v' }))
    ),
    { isError: true, content: [{ text: /may only read/ }] }
  )
})

t.test('a Host that is not ours gets 421, except for health', async (t) => {
  const { request } = await import('node:http')
  const status = (path: string, host: string) =>
    new Promise<number>((resolve, reject) => {
      request(url + path, { headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode!)
      })
        .on('error', reject)
        .end()
    })
  t.equal(await status('/mcp', 'evil.example'), 421)
  t.equal(await status('/login', 'localhost.evil.example'), 421)
  t.equal(await status('/mcp', '127.0.0.1:9999'), 401)
  t.equal(await status('/health', 'evil.example'), 200)
})
