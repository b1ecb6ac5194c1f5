import t from 'tap'
import { initialize, post, toolsCall } from '../../../support/mcp-client.ts'
import {
  type ModernMessage,
  modernBody,
  modernHeaders,
  postModern
} from '../../../support/modern-client.ts'
import { connected } from '../../../support/oauth-client.ts'
import { runService } from '../../../support/running.ts'

const running = await runService(t)
const { url } = running
const { key } = await running.key(await running.person())
const server = 'io.modelcontextprotocol/serverInfo'

async function send(message: ModernMessage, capabilities?: object) {
  const answer = await postModern(`${url}/mcp`, key, message, capabilities)
  return { status: answer.status, body: (await answer.json()) as Record<string, any> }
}

t.test('every method answers with a type, the server, and how long it may be kept', async (t) => {
  await post(`${url}/mcp`, key, toolsCall('memory_store', { key: 'tea', value: 'Green tea' }))
  const uri = 'memory://global/tea'
  const cases: Array<[string, Record<string, unknown>, object]> = [
    [
      'server/discover',
      {},
      { supportedVersions: ['2026-07-28'], ttlMs: 300_000, cacheScope: 'public' }
    ],
    ['tools/list', {}, { tools: [{ name: 'search' }], ttlMs: 60_000, cacheScope: 'private' }],
    ['prompts/list', {}, { ttlMs: 60_000, cacheScope: 'private' }],
    ['resources/templates/list', {}, { ttlMs: 60_000, cacheScope: 'private' }],
    ['resources/list', {}, { resources: [{ uri }], ttlMs: 0, cacheScope: 'private' }],
    ['resources/read', { uri }, { contents: [{ text: 'Green tea' }], ttlMs: 0 }],
    ['prompts/get', { name: 'what-do-you-know-about-me' }, { messages: [{ role: 'user' }] }],
    [
      'completion/complete',
      {
        ref: { type: 'ref/resource', uri: 'memory://{agent_name}/{key}' },
        argument: { name: 'key', value: 't' }
      },
      { completion: { values: ['tea'] } }
    ],
    [
      'tools/call',
      { name: 'memory_recall', arguments: { key: 'tea' } },
      { structuredContent: { value: 'Green tea' }, content: [{ type: 'text' }] }
    ]
  ]
  for (const [method, params, expected] of cases) {
    const { status, body } = await send({ id: `id of ${method}`, method, params })
    t.equal(status, 200, method)
    t.match(body, {
      jsonrpc: '2.0',
      id: `id of ${method}`,
      result: { resultType: 'complete', ...expected }
    })
    t.equal(body['result']._meta[server].name, 'kagura-memory', method)
    t.equal('ttlMs' in body['result'], 'ttlMs' in expected || method === 'resources/read', method)
  }
  const { body } = await send({ method: 'server/discover' })
  t.equal(body['id'], 0)
  t.match(body['result'], {
    capabilities: { tools: { listChanged: true } },
    instructions: /memory/,
    _meta: { [server]: { icons: [{ src: /^data:image\/png|^https/, mimeType: 'image/png' }] } }
  })
})

t.test('faults have their codes and statuses, and echo ids of every kind', async (t) => {
  const cases: Array<[number, number, ModernMessage, object?]> = [
    [404, -32601, { method: 'ping' }],
    [404, -32601, { method: 'initialize', params: {} }],
    [404, -32601, { method: 'logging/setLevel' }],
    [404, -32601, { method: 'constructor' }],
    [200, -32602, { method: 'tools/call', params: { name: 'memory_nothing' } }],
    [200, -32602, { method: 'tools/call' }],
    [200, -32602, { method: 'tools/call', params: { name: { toString: [] } } }],
    [200, -32602, { method: 'tools/call', params: { name: 'memory_stats', arguments: 7 } }],
    [200, -32602, { method: 'prompts/get', params: { name: 'nothing' } }],
    [200, -32602, { method: 'resources/list', params: { cursor: 'nonsense' } }],
    [200, -32602, { method: 'completion/complete', params: { ref: 7 } }],
    [
      200,
      -32602,
      { method: 'resources/read', params: { uri: 'memory://global/none' } },
      { uri: 'memory://global/none' }
    ]
  ]
  for (const id of [0, '', -7, 'probe']) {
    for (const [status, code, message, data] of cases) {
      const { status: sent, body } = await send({ ...message, id })
      t.equal(sent, status, message.method)
      t.equal(body['id'], id)
      t.match(body['error'], { code, ...(data && { data }) })
    }
  }
  const invalid = await send({
    method: 'tools/call',
    params: { name: 'memory_recall', arguments: {} }
  })
  t.match(invalid, { status: 200, body: { result: { isError: true, resultType: 'complete' } } })
  const version = await post(`${url}/mcp`, key, {
    jsonrpc: '2.0',
    id: 0,
    method: 'tools/list',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '1900-01-01',
        'io.modelcontextprotocol/clientCapabilities': {}
      }
    }
  })
  t.match(
    [version.status, await version.json()],
    [
      400,
      {
        id: 0,
        error: { code: -32022, data: { supported: ['2026-07-28'], requested: '1900-01-01' } }
      }
    ]
  )
})

t.test('without a known id the error has none, and other HTTP methods are refused', async (t) => {
  const headers = modernHeaders({ method: 'tools/list' })
  for (const body of [
    '{',
    { ...modernBody({ method: 'ping' }), id: null },
    [modernBody({ method: 'ping' }), modernBody({ id: 1, method: 'ping' })]
  ]) {
    const answer = await post(`${url}/mcp`, key, body, headers)
    const error = (await answer.json()) as object
    t.equal(answer.status, 400)
    t.notOk('id' in error, JSON.stringify(body))
  }
  t.match(await (await post(`${url}/mcp`, key, '{')).json(), { id: null, error: { code: -32700 } })
  for (const method of ['GET', 'DELETE']) {
    const answer = await fetch(`${url}/mcp`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'mcp-protocol-version': '2026-07-28' }
    })
    t.match([answer.status, answer.headers.get('allow')], [405, 'POST'])
  }
  const refused = await postModern(`${url}/mcp`, undefined, { method: 'tools/list' })
  t.equal(refused.status, 401)
  t.match(refused.headers.get('www-authenticate'), /resource_metadata=/)
  t.equal(((await refused.json()) as { error: { code: number } }).error.code, -32600)
  const notified = await post(
    `${url}/mcp`,
    key,
    { jsonrpc: '2.0', method: 'notifications/x' },
    headers
  )
  t.match([notified.status, await notified.text()], [202, ''])
})

t.test(
  'both forms in turn on one key: a session id neither counts nor comes in the new one',
  async (t) => {
    for (let round = 0; round < 3; round++) {
      const older = await post(`${url}/mcp`, key, initialize, {
        'mcp-protocol-version': '2026-07-28'
      })
      t.match(await older.json(), { result: { protocolVersion: '2025-11-25' } })
      const message = { id: round, method: 'tools/list' }
      const modern = await post(`${url}/mcp`, key, modernBody(message), {
        ...modernHeaders(message),
        'mcp-session-id': 'forged'
      })
      t.equal(modern.status, 200)
      t.equal(modern.headers.get('mcp-session-id'), null)
      t.match(await modern.json(), { id: round, result: { resultType: 'complete' } })
    }
  }
)

t.test('the client name decides about the short list, in both forms', async (t) => {
  const names = async (answer: Response) =>
    ((await answer.json()) as { result: { tools: Array<{ name: string }> } }).result.tools.map(
      ({ name }) => name
    )
  const { key: memoryKey } = await running.key(await running.person(), 'mcp:tools')
  const listFor = (name: string) => ({
    method: 'tools/list',
    params: { _meta: { 'io.modelcontextprotocol/clientInfo': { name, version: '1' } } }
  })
  const coding = await names(await postModern(`${url}/mcp`, memoryKey, listFor('claude-code')))
  const chat = await names(await postModern(`${url}/mcp`, memoryKey, listFor('some-chat')))
  t.ok(coding.includes('coding_start_session'))
  t.notOk(chat.includes('coding_start_session'))
  for (const [name, expected] of [
    ['claude-code', coding],
    ['some-chat', chat]
  ] as const) {
    const { params } = initialize
    const introduced = await post(`${url}/mcp`, memoryKey, {
      ...initialize,
      params: { ...params, clientInfo: { name, version: '1' } }
    })
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    const session = { 'mcp-session-id': introduced.headers.get('mcp-session-id')! }
    t.same(await names(await post(`${url}/mcp`, memoryKey, list, session)), expected)
  }
})

t.test('too little scope is 403 in the new form, too', async (t) => {
  const { tokens, client } = await connected(running)
  await running.app.db
    .updateTable('oauth_tokens')
    .set({ scope: 'mcp:coding' })
    .where('client_id', '=', client.client_id)
    .execute()
  for (const [method, params] of [
    ['tools/call', { name: 'memory_stats', arguments: {} }],
    ['resources/read', { uri: 'memory://global/tea' }]
  ] as const) {
    const message = { id: 'scope', method, params }
    const answer = await postModern(`${url}/mcp`, String(tokens.access_token), message)
    t.match(
      [answer.status, await answer.json()],
      [403, { id: 'scope', error: { code: -32600 } }],
      method
    )
    t.match(answer.headers.get('www-authenticate'), /insufficient_scope.*mcp:memory/)
  }
})
