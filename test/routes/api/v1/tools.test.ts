import t from 'tap'
import { allTools } from '../../../../tools/index.ts'
import { connected } from '../../../support/oauth-client.ts'
import { runService } from '../../../support/running.ts'
import { toolClient } from './tool-client.ts'

const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' })
const {
  url,
  app: { db }
} = running
const user = await running.person()
const { key } = await running.key(user)
const ask = toolClient(url, key)

t.test('a tool answers its structured result, the same that MCP gives', async (t) => {
  t.match(
    await ask('/memory_store', { body: { key: 'color', value: 'blue', user_id: 'ignored' } }),
    { status: 200, body: { key: 'color', value: 'blue', created: true, user_id: user.user_id } }
  )
  t.match(await ask('/kagura_tool_memory_recall/', { body: { key: 'color' } }), {
    status: 200,
    body: { value: 'blue' }
  })
  t.match(
    await ask('/memory_list', { body: { limit: '1' } }),
    { status: 200, body: { count: 1 } },
    'a number in a string is understood'
  )
  for (const nothing of [undefined, '', '{}']) {
    t.match(await ask('/memory_stats', { body: nothing }), {
      status: 200,
      body: { total_memories: 1 }
    })
  }
  const byHeader = await ask('/memory_recall', {
    credential: null,
    headers: { 'x-api-key': key },
    body: { key: 'color' }
  })
  t.match(byHeader, { status: 200, body: { value: 'blue' } })
  t.match(byHeader.headers.get('cache-control'), 'no-store')
})

t.test('the list is what the credential may call, shortened on request', async (t) => {
  const list = await ask('', { method: 'GET' })
  t.same(
    list.body.tools.map(({ name }: { name: string }) => name),
    allTools.map(({ name }) => name)
  )
  t.match(list.body.tools[2], {
    name: 'memory_store',
    inputSchema: { type: 'object' },
    scopes: ['mcp:memory', 'mcp:tools'],
    url: `${url}/api/v1/tools/memory_store`
  })
  t.equal((await ask('/?profile=core', { method: 'GET' })).body.tools.length, 13)
  t.match(await ask('?profile=all', { method: 'GET' }), {
    status: 400,
    body: { error: 'invalid_request', error_description: /no profile "all"/ }
  })
  const reader = await running.key(await running.person(undefined, 'read_only'))
  const read = await ask('', { method: 'GET', credential: reader.key })
  t.ok(
    read.body.tools.length > 0 &&
      read.body.tools.every(({ annotations }: any) => annotations.readOnlyHint)
  )
})

t.test(
  'without a credential, or with a bad one, it is 401 with the challenge of the one resource',
  async (t) => {
    const metadata =
      `resource_metadata="${url}/.well-known/oauth-protected-resource` + '/api/v1/mcp/sse"'
    for (const [path, method] of [
      ['', 'GET'],
      ['/memory_stats', 'POST'],
      ['/nothing', 'POST'],
      ['/memory_stats', 'GET']
    ] as const) {
      const none = await ask(path, { method, credential: null })
      t.match(none, {
        status: 401,
        body: {
          error: 'unauthorized',
          error_description: /Send an access token or an API key/,
          request_id: none.headers.get('x-request-id')
        }
      })
      t.equal(none.headers.get('www-authenticate'), `Bearer ${metadata}, scope="mcp:tools"`)
      const bad = await ask(path, { method, credential: 'kagura_wrong' })
      t.match(bad, { status: 401, body: { error: 'invalid_token' } })
      t.match(
        bad.headers.get('www-authenticate'),
        /^Bearer error="invalid_token", error_description=".+", resource_metadata=/
      )
    }
    t.equal((await fetch(/"(.*)"/.exec(metadata)![1]!)).status, 200)
    t.match(await ask('/memory_stats', { headers: { 'x-api-key': 'kagura_other' } }), {
      status: 400,
      body: { error: 'invalid_request' }
    })
  }
)

t.test(
  'a call outside the scope gets 403, with a challenge only if a new consent can help',
  async (t) => {
    const { tokens, client } = await connected(running)
    await db
      .updateTable('oauth_tokens')
      .set({ scope: 'mcp:memory' })
      .where('client_id', '=', client.client_id)
      .execute()
    const start = {
      credential: String(tokens.access_token),
      body: { project_id: 'p', description: 'd' }
    }
    const challenged = await ask('/coding_start_session', start)
    t.match(challenged, {
      status: 403,
      body: { error: 'insufficient_scope', error_description: /needs the scope mcp:coding/ }
    })
    t.match(
      challenged.headers.get('www-authenticate'),
      /error="insufficient_scope".*scope="mcp:memory mcp:coding"/
    )
    await db
      .updateTable('oauth_clients')
      .set({ scope: 'mcp:memory' })
      .where('client_id', '=', client.client_id)
      .execute()
    const refused = await ask('/coding_start_session', start)
    t.match(refused, {
      status: 403,
      body: { error: 'forbidden', error_description: /not registered for coding_start_session/ }
    })
    t.equal(refused.headers.get('www-authenticate'), null)
    const narrow = await running.key(user, 'mcp:coding')
    t.match(await ask('/memory_recall', { credential: narrow.key, body: { key: 'color' } }), {
      status: 403,
      body: { error: 'forbidden', error_description: /This API key does not cover/ }
    })
    const reader = await running.key(await running.person(undefined, 'read_only'))
    t.match(
      await ask('/memory_store', { credential: reader.key, body: { key: 'k', value: 'v' } }),
      { status: 403, body: { error_description: /may only read/ } }
    )
  }
)

t.test('what is wrong with a call is said in words, with the status for it', async (t) => {
  const cases: Array<[string, Parameters<typeof ask>[1], number, string, RegExp]> = [
    ['/memory_store', { body: { key: 'k' } }, 400, 'invalid_arguments', /value/],
    [
      '/memory_store',
      { body: { key: 'k', value: 'v', importence: 1 } },
      400,
      'invalid_arguments',
      /Did you mean importance/
    ],
    ['/memory_store', { body: '[1]' }, 400, 'invalid_arguments', /must be a JSON object/],
    ['/memory_store', { body: '{"key":' }, 400, 'invalid_request', /not valid JSON/],
    ['/memory_recall', { body: { key: 'nothing here' } }, 422, 'refused', /No memory under key/],
    [
      '/memory_stor',
      { body: {} },
      404,
      'unknown_tool',
      /no tool "memory_stor"\. Did you mean memory_store/
    ],
    ['/constructor', { body: {} }, 404, 'unknown_tool', /no tool "constructor"/],
    [
      '/memory_store',
      { body: 'key=k&value=v', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
      /application\/json/
    ],
    [
      '/memory_store',
      { body: { key: 'k', value: 'x'.repeat(8 * 1024 * 1024) } },
      413,
      'too_large',
      /too large/
    ],
    ['/memory_store', { method: 'GET' }, 405, 'method_not_allowed', /POST only/],
    ['', { body: {} }, 405, 'method_not_allowed', /GET only/],
    [
      '/memory_stats',
      { body: {}, headers: { origin: 'https://evil.example' } },
      403,
      'forbidden',
      /origin/
    ]
  ]
  for (const [path, request, status, error, description] of cases) {
    const answer = await ask(path, request)
    t.match(
      answer,
      {
        status,
        body: {
          error,
          error_description: description,
          request_id: answer.headers.get('x-request-id')
        }
      },
      `${path} ${status}`
    )
    if (status === 405) t.match(answer.headers.get('allow'), path === '' ? 'GET' : 'POST')
  }
  const origin = 'https://chatgpt.com'
  const known = await ask('/memory_stats', { body: {}, headers: { origin } })
  t.match([known.status, known.headers.get('access-control-allow-origin')], [200, origin])
})

t.test('an address that asks too much waits', async (t) => {
  const limited = await runService(t, { TRUST_PROXY: '127.0.0.1', RATE_LIMIT_PER_ADDRESS: '3' })
  const { key } = await limited.key(await limited.person())
  const call = (address: string) =>
    fetch(`${limited.url}/api/v1/tools/memory_stats`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': address }
    })
  for (let count = 0; count < 3; count++) t.equal((await call('192.0.2.1')).status, 200)
  const slowed = await call('192.0.2.1')
  t.equal(slowed.status, 429)
  t.match(await slowed.json(), { error: 'rate_limited', error_description: /Wait a little/ })
  t.match(Number(slowed.headers.get('retry-after')), /^[1-9]\d?$/)
  t.equal((await call('192.0.2.2')).status, 200)
})
