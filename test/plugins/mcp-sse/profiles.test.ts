import {
  type ListToolsResult,
  ToolListChangedNotificationSchema
} from '@modelcontextprotocol/sdk/types.js'
import t from 'tap'
import { allTools } from '../../../tools/index.ts'
import type { WebProvider } from '../../../domain/web/access.ts'
import { toolLists } from '../../../tools/lists.ts'
import {
  call,
  connectClient,
  initialize,
  post,
  resultOf,
  toolsCall
} from '../../support/mcp-client.ts'
import { connected } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' })
const { url, app } = running
const { key } = await running.key(await running.person())
const core = [
  'search',
  'fetch',
  'memory_store',
  'memory_recall',
  'memory_search',
  'memory_list',
  'memory_update',
  'memory_delete',
  'memory_history',
  'memory_restore',
  'memory_timeline',
  'memory_get_tool_list',
  'memory_record_interaction'
]
const ofGroup = (group: 'memory' | 'coding' | 'web') =>
  allTools.filter(({ groups }) => groups.includes(group)).map(({ name }) => name)

async function list(
  query: string,
  credential = key,
  headers: Record<string, string> = {}
): Promise<string[]> {
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const answer = await post(`${url}/api/v1/mcp/sse${query}`, credential, request, headers)
  return (await resultOf<ListToolsResult>(answer)).tools.map(({ name }) => name)
}

t.test('the URL says which tools are listed', async (t) => {
  const all = allTools.map(({ name }) => name)
  for (const [query, names] of [
    ['', core],
    ['?profile=', core],
    ['?profile=full', all],
    ['?profile=core', core],
    ['?profile=memory', ofGroup('memory')],
    ['?profile=coding', ofGroup('coding')],
    ['?profile=web', ofGroup('web')],
    ['?profile=coding,web', [...ofGroup('coding'), ...ofGroup('web')]],
    ['?tools=memory_recall,kagura_tool_memory_store', ['memory_store', 'memory_recall']],
    ['?tools=memory_recall&tools=search', ['search', 'memory_recall']],
    ['?profile=core&tools=coding_start_session', [...core, 'coding_start_session']]
  ] as const) {
    t.same(await list(query), names, query)
  }
  t.same(
    await list('?profile=core', (await running.key(await running.person(), 'mcp:coding')).key),
    [],
    'the scope counts all the same'
  )
})

t.test('scope, client name or person choose the list where the URL does not', async (t) => {
  const coding = [...toolLists.coding].map(({ name }) => name)
  const person = await running.person()
  const codingKey = await running.key(person, 'mcp:tools mcp:memory mcp:coding')
  t.same(await list('', codingKey.key), coding)
  const { params } = initialize
  const started = await post(`${url}/mcp`, key, {
    ...initialize,
    params: { ...params, clientInfo: { name: 'claude-code', version: '2' } }
  })
  const session = { 'mcp-session-id': started.headers.get('mcp-session-id')! }
  t.same(await list('', key, session), coding, 'the name is kept in the session id')
  t.same(await list('?profile=core', key, session), core)
  await app.db
    .updateTable('api_keys')
    .set({ tool_list: 'essential' })
    .where('key_id', '=', codingKey.key_id)
    .execute()
  t.same(await list('', codingKey.key), core, 'the person counts more than the scope')
})

t.test('a short list has no output schemas, and its tools answer as before', async (t) => {
  const answer = await post(`${url}/mcp`, key, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
  const { tools } = await resultOf<ListToolsResult>(answer)
  t.notOk(tools.some((tool) => 'outputSchema' in tool))
  t.ok(tools.every(({ annotations }) => Object.keys(annotations ?? {}).length === 4))
  t.match(await (await post(`${url}/mcp`, key, toolsCall('memory_list', {}))).json(), {
    result: { structuredContent: { memories: [] } }
  })
})

t.test('both transports refuse an unknown profile or tool and name those that exist', async (t) => {
  for (const [query, message] of [
    ['?profile=everything', /no profile "everything".*core, memory, coding, web, full/],
    ['?tools=memory_stor', /no tool "memory_stor".*memory_store/],
    ['?profile=constructor', /no profile/]
  ] as const) {
    const answers = [
      await post(`${url}/mcp${query}`, key, { jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      await fetch(`${url}/mcp${query}`, {
        headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' }
      })
    ]
    for (const answer of answers) {
      t.equal(answer.status, 400)
      t.match(await answer.json(), { jsonrpc: '2.0', error: { message } })
    }
  }
})

t.test('the list is short on a stream too, and what is not listed can be called', async (t) => {
  const client = await connectClient(t, url, key, 'sse', '/api/v1/mcp/sse?profile=core')
  t.same(
    (await client.listTools()).tools.map(({ name }) => name),
    core
  )
  t.notOk((await call(client, 'memory_stats')).isError)
  t.match(
    await (await post(`${url}/mcp?profile=core`, key, toolsCall('memory_stats', {}))).json(),
    { result: { structuredContent: {} } }
  )
})

t.test(
  'an open stream announces when role, registration, scope or a provider changes the tools',
  async (t) => {
    const { user, tokens, client: app_ } = await connected(running)
    const client = await connectClient(t, url, tokens.access_token, 'sse')
    let onListChanged = () => {}
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => onListChanged())
    const listAfter = async (change: { execute: () => Promise<unknown> }) => {
      const notified = new Promise<void>((resolve) => {
        onListChanged = resolve
      })
      await change.execute()
      await notified
      return (await client.listTools()).tools.map(({ name }) => name)
    }
    const all = (await client.listTools()).tools.map(({ name }) => name)
    const [role, registration, granted] = [
      app.db.updateTable('users').where('user_id', '=', user.user_id),
      app.db.updateTable('oauth_clients').where('client_id', '=', app_.client_id),
      app.db.updateTable('oauth_tokens').where('client_id', '=', app_.client_id)
    ]
    t.notOk((await listAfter(role.set({ role: 'read_only' }))).includes('memory_store'))
    t.same(await listAfter(role.set({ role: 'user' })), all)
    t.same(await listAfter(registration.set({ scope: 'mcp:coding' })), ofGroup('coding'))
    t.same(await listAfter(registration.set({ scope: 'mcp:tools' })), all)
    t.same(await listAfter(granted.set({ scope: 'mcp:coding mcp:web' })), [
      ...ofGroup('coding'),
      ...ofGroup('web')
    ])
    const providers = app.web.providers as Set<WebProvider>
    t.same(
      await listAfter({ execute: async () => providers.delete('youtube') }),
      [...ofGroup('coding'), ...ofGroup('web')].filter((name) => !name.includes('youtube'))
    )
  }
)
