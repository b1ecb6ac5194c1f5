import t from 'tap'
import { tools } from '../../../../tools/index.ts'
import { connected } from '../../../oauth-client.ts'
import { runService } from '../../../running.ts'

const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' })
const {
  url,
  app: { db }
} = running
const user = await running.person()
const { key } = await running.key(user)

interface Answer {
  status: number
  headers: Headers
  body: any
}

async function ask(
  path: string,
  {
    credential = key,
    method = 'POST',
    headers = {},
    body
  }: {
    credential?: string | null
    method?: string
    headers?: Record<string, string>
    body?: unknown
  } = {}
): Promise<Answer> {
  const answer = await fetch(`${url}/api/v1/tools${path}`, {
    method,
    headers: {
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  return {
    status: answer.status,
    headers: answer.headers,
    body: JSON.parse((await answer.text()) || 'null')
  }
}

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
    tools.map(({ name }) => name)
  )
  t.match(list.body.tools[2], {
    name: 'memory_store',
    inputSchema: { type: 'object' },
    scopes: ['mcp:memory', 'mcp:tools'],
    url: `${url}/api/v1/tools/memory_store`
  })
  t.equal((await ask('/?profile=core', { method: 'GET' })).body.tools.length, 8)
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
    const metadata = `resource_metadata="${url}/.well-known/oauth-protected-resource/api/v1/mcp/sse"`
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
  'what the credential does not cover is 403: with a challenge where asking again helps, in words where it does not',
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
    const asked = await ask('/coding_start_session', start)
    t.match(asked, {
      status: 403,
      body: { error: 'insufficient_scope', error_description: /needs the scope mcp:coding/ }
    })
    t.match(
      asked.headers.get('www-authenticate'),
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
  for (const [path, asked, status, error, said] of cases) {
    const answer = await ask(path, asked)
    t.match(
      answer,
      {
        status,
        body: { error, error_description: said, request_id: answer.headers.get('x-request-id') }
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
  t.match(await slowed.json(), { error: 'rate_limited', error_description: /wait a little/ })
  t.match(Number(slowed.headers.get('retry-after')), /^[1-9]\d?$/)
  t.equal((await call('192.0.2.2')).status, 200)
})

t.test(
  'a body that is not UTF-8 is converted by its charset or refused, at every door',
  async (t) => {
    const post = async (path: string, type: string, bytes: Buffer) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': type,
        accept: 'application/json, text/event-stream'
      }
      const answer = await fetch(url + path, {
        method: 'POST',
        headers,
        body: new Uint8Array(bytes),
        redirect: 'manual'
      })
      return { status: answer.status, text: await answer.text() }
    }
    const quoted = Buffer.from('{"key":"encoded","value":"caf\xe9 \x93\x80\x94"}', 'latin1')
    for (const charset of ['iso-8859-1', '"Windows-1252"', 'windows-1252; x=y']) {
      t.match(
        await post('/api/v1/tools/memory_store', `application/json; charset=${charset}`, quoted),
        { status: 200, text: /"café “€”"/ }
      )
    }
    const utf16 = Buffer.from('\ufeff{"key":"encoded","value":"灯台"}', 'utf16le')
    t.match(await post('/api/v1/tools/memory_store', 'application/json;charset=utf-16', utf16), {
      status: 200,
      text: /灯台/
    })
    for (const path of [
      '/api/v1/tools/memory_store',
      '/api/v1/mcp',
      '/api/v1/mcp/sse',
      '/api/v1/mcp/key',
      '/api/v1/mcp/messages',
      '/register',
      '/token'
    ]) {
      for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain']) {
        if (type === 'text/plain' && path.includes('/tools/')) continue
        t.match(
          await post(path, type, quoted),
          { status: 400, text: /not valid UTF-8\. Send UTF-8/ },
          `${path} ${type}`
        )
      }
      t.match(
        await post(
          path,
          'application/json; charset=shift_jis',
          Buffer.from([0x22, 0xff, 0xff, 0x22])
        ),
        { status: 400, text: /not valid shift_jis/ },
        path
      )
      t.match(
        await post(path, 'application/json; charset=klingon', quoted),
        { status: /^4(00|15)$/, text: /charset klingon is not known here\. Send UTF-8/ },
        path
      )
    }
    const form = 'application/x-www-form-urlencoded'
    t.match(await post('/token', form, Buffer.from('grant_type=x&client_id=caf%E9')), {
      status: 400,
      text: /not valid UTF-8 text/
    })
    t.match(
      await post(
        '/token',
        `${form}; charset=iso-8859-1`,
        Buffer.from('grant_type=x&client_id=caf%E9')
      ),
      { text: /must be Basic/ },
      'the next check'
    )
    t.match(await post('/login', form, Buffer.from('email=caf\xe9', 'latin1')), {
      status: 400,
      text: /not UTF-8 text/
    })
    t.match(await ask('/memory_recall', { body: { key: 'encoded' } }), { body: { value: '灯台' } })
  }
)

t.test(
  'JSON of too many values or levels, or too long for what is called, is refused before anything walks through it, at every door',
  async (t) => {
    const members = (count: number) =>
      `{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join()}}`
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    const bodies: Array<[string, RegExp]> = [
      [members(400_000), /more than 5000 members/],
      [`{"tags":[${'1,'.repeat(1_900_000)}1]}`, /more than 20000 items/],
      ['['.repeat(8_000_000), /40 levels deep/],
      [nested(41), /40 levels deep/],
      [
        `[${Array.from({ length: 20 }, () => `[${'1,'.repeat(9999)}1]`).join()}]`,
        /more than 150000 values/
      ],
      [`{"params":"${'x'.repeat(1_100_000)}"}`, /up to 1048576 bytes/]
    ]
    const inRpc = (body: string) => `{"jsonrpc":"2.0","id":1,"method":"ping","params":${body}}`
    const send = async (path: string, body: string) => {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream'
        },
        body
      })
      return { status: answer.status, text: await answer.text() }
    }
    const before = process.cpuUsage()
    for (const [body, reason] of bodies) {
      const tool = body.includes('params') ? 'coding_end_session' : 'memory_store' // which takes large values
      t.match(
        await send(`/api/v1/tools/${tool}`, body),
        { status: 413, text: reason },
        `REST: ${body.slice(0, 20)}`
      )
      t.match(
        await send('/api/v1/mcp/sse', inRpc(body)),
        { status: 413, text: reason },
        `MCP: ${body.slice(0, 20)}`
      )
    }
    const { user: spent } = process.cpuUsage(before)
    t.ok(
      spent < 5e6,
      `${Math.round(spent / 1000)} ms of processor time, where it was more than 20 s`
    )
    t.match(await send('/api/v1/oauth/register', members(5500)), {
      status: 413,
      text: /5000 members/
    })
    t.match(await ask('/coding_end_session', { body: { session_id: members(6000) } }), {
      status: 400
    })
    t.match(
      await ask('/memory_store', {
        body: { key: 'k', value: 'v', tags: `[${'1,'.repeat(30_000)}1]` }
      }),
      { status: 400, body: { error_description: /20000 items/ } },
      'JSON in a string, too'
    )
    t.match(await ask('/memory_store', { body: { key: 'long', value: 'x'.repeat(1024 * 1024) } }), {
      status: 200
    })
    t.match(
      await ask('/memory_store', { body: { key: 'quotes', value: '"[{\\,'.repeat(50_000) } }),
      { status: 200 },
      'what stands in a string does not count'
    )
    const paths = Array.from({ length: 20_000 }, (_, i) => ({
      path: `src/${i}.ts`,
      sha256: 'a'.repeat(64)
    }))
    t.match(
      await ask('/coding_index_source_code', { body: { project_id: 'p', files: paths } }),
      { status: 200 },
      'the largest call that a tool takes'
    )
  }
)
