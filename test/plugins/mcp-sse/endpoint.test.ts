import type { InitializeResult } from '@modelcontextprotocol/sdk/types.js'
import { sql } from 'kysely'
import t from 'tap'
import { initialize, post, resultOf, toolsCall } from '../../support/mcp-client.ts'
import { runService } from '../../support/running.ts'
import { captureLog } from '../../support/service-log.ts'

const running = await runService(t)
const { url } = running
const user = await running.person()
const { key } = await running.key(user)

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
    error: { code: -32602, message: /_meta/ }
  })
  const unknown = await post(`${url}/mcp`, key, list, { 'mcp-protocol-version': '1900-01-01' })
  t.match(
    [unknown.status, await unknown.json()],
    [
      400,
      {
        id: 'list-1',
        error: { code: -32000, data: { supported: ['2025-11-25'], requested: '1900-01-01' } }
      }
    ]
  )
  t.equal(
    (await post(`${url}/mcp`, key, initialize, { 'mcp-protocol-version': '2026-07-28' })).status,
    200,
    'the header counts from the next request on'
  )
  t.equal((await post(`${url}/mcp`, key, initialize, { 'content-type': 'text/plain' })).status, 415)
  const form = await post(`${url}/mcp`, key, initialize, {
    'content-type': 'application/x-www-form-urlencoded'
  })
  t.equal(form.status, 415)
  t.match(await form.text(), 'Content-Type: application/json', 'curl without a header')
})

t.test(
  'an error echoes the id of its request, and no answer is the dump of a validator',
  async (t) => {
    const sendMessage = async (message: object) =>
      (await (await post(`${url}/mcp`, key, { jsonrpc: '2.0', id: 'a', ...message })).json()) as {
        id: unknown
        error?: { code: number; message: string }
        result?: { isError?: boolean }
      }
    t.match(await sendMessage({ method: 'server/discover', params: {} }), {
      id: 'a',
      error: { code: -32601, data: { supported: ['2025-11-25'] } }
    })
    t.match(await sendMessage({ jsonrpc: '1.0', method: 'ping' }), {
      id: 'a',
      error: { code: -32600 }
    })
    for (const params of [
      { name: 5 },
      {},
      { name: 'memory_stats', arguments: 7 },
      { name: 'memory_stats', arguments: 'no JSON' },
      { name: 'memory_stats', arguments: [1] },
      null
    ]) {
      const { id, error } = await sendMessage({ method: 'tools/call', params })
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
      const { error } = await sendMessage({
        method,
        params: { uri: 7, name: 7, cursor: 7, ref: 7 }
      })
      t.notMatch(error?.message, /[[{]\s*"|invalid_type/, method)
    }
    for (const args of [null, '', '{}', [], '{"agent_name":""}', undefined]) {
      const { result } = await sendMessage({
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
  'names ignore blanks and Unicode forms, and a hint names a namespace that is nearly equal',
  async (t) => {
    const callTool = async (name: string, args: object) =>
      (await (await post(`${url}/api/v1/tools/${name}`, key, args)).json()) as Record<string, any>
    t.match(
      await callTool('memory_store', {
        key: ' plot  twist ',
        value: 'a dragon',
        agent_name: 'story-bible ',
        tags: [' cafe\u0301 ', 'caf\u00e9']
      }),
      { key: 'plot twist', agent_name: 'story-bible', created: true }
    )
    t.match(await callTool('memory_recall', { key: 'plot twist', agent_name: '  story-bible' }), {
      value: 'a dragon',
      tags: ['caf\u00e9']
    })
    t.match(await callTool('memory_search', { query: 'dragon', agent_name: 'Story_Bible' }), {
      results: [],
      reason: /Namespace "Story_Bible" differs from "story-bible" \(1 memory\)/
    })
    t.match(await callTool('memory_list', { agent_name: 'Story Bible' }), {
      count: 0,
      reason: /"story-bible" \(1 memory\)/
    })
    t.match(await callTool('memory_store', { key: 'k', value: 'v', agent_name: 'STORY-BIBLE' }), {
      created: true,
      hint: /differs from "story-bible"/
    })
    t.match(await callTool('memory_store', { key: ' ', value: 'v' }), {
      error: 'invalid_arguments',
      error_description: /key contains only blanks/
    })
    await running.app.db
      .updateTable('memories')
      .set({ key: 'odd ', agent_name: ' old' })
      .where('key', '=', 'k')
      .execute()
    t.match(
      await callTool('memory_recall', { key: 'odd ', agent_name: ' old' }),
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

t.test('a failure of ours names its request, under which the log has the reason', async (t) => {
  const log = captureLog(t)
  const { db } = running.app
  await sql`alter table graph_edges rename to hidden_edges`.execute(db)
  const answer = await post(`${url}/mcp`, key, toolsCall('memory_get_user_pattern', {}))
  await sql`alter table hidden_edges rename to graph_edges`.execute(db)
  const { result } = (await answer.json()) as any
  const requestId = /on our side; the log has it under request (\S+)\./.exec(
    result.content[0].text
  )![1]
  const entry = log.find((line) => line.includes('tool failed'))
  t.match(JSON.parse(entry!), { reqId: requestId, err: { message: /graph_edges/ } })
})
