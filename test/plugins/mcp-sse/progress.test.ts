import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Fixtures } from '../../../plugins/mcp-sse/index.ts'
import { initialize, post } from '../../support/mcp-client.ts'
import { eventsOf, modernBody, modernHeaders } from '../../support/modern-client.ts'
import { runService } from '../../support/running.ts'
import { openStream } from './stream-client.ts'

let cancelled = 0
const fixtures: Fixtures = {
  capabilities: { logging: {} },
  tools: [
    {
      listing: { name: 'slow', inputSchema: { type: 'object' } },
      call: async (_args, { progress, log, canceller }) => {
        canceller?.onCancel(() => cancelled++)
        for (const done of [0, 50, 50, 100]) {
          progress?.(done, 100)
          await sleep(10)
        }
        log?.('debug', 'small')
        log?.('error', 'large')
        return { content: [{ type: 'text', text: 'done' }] }
      }
    },
    {
      listing: { name: 'stuck', inputSchema: { type: 'object' } },
      call: async (_args, { progress, canceller }) => {
        progress?.(1)
        await new Promise<void>((resolve) => {
          canceller?.onCancel(() => {
            cancelled++
            resolve()
          })
        })
        return {}
      }
    }
  ]
}
const running = await runService(t, {}, undefined, { fixtures })
const { url } = running
const { key } = await running.key(await running.person())
const older = (name: string, meta: object) => ({
  jsonrpc: '2.0',
  id: 'p',
  method: 'tools/call',
  params: { name, arguments: {}, _meta: meta }
})

async function all(answer: Response): Promise<any[]> {
  const events = []
  for await (const event of eventsOf(answer)) events.push(event)
  return events
}
const progressOf = (token: unknown) =>
  [0, 50, 100].map((progress) => ({
    method: 'notifications/progress',
    params: { progressToken: token, progress, total: 100 }
  }))

t.test('progress comes before the result to those who ask, in every revision', async (t) => {
  const meta = { progressToken: 0 }
  const message = {
    id: 0,
    method: 'tools/call',
    params: { name: 'slow', arguments: {}, _meta: meta }
  }
  const modern = await post(`${url}/mcp`, key, modernBody(message), modernHeaders(message))
  t.equal(modern.headers.get('content-type'), 'text/event-stream')
  t.match(await all(modern), [...progressOf(0), { id: 0, result: { resultType: 'complete' } }])
  const streamable = await post(`${url}/mcp`, key, older('slow', meta))
  t.match((await all(streamable)).slice(0, 3), progressOf(0))
  const accept = { accept: 'application/json' }
  const json = await post(`${url}/mcp`, key, older('slow', meta), accept)
  t.match(await json.json(), { id: 'p', result: { content: [{ text: 'done' }] } })
  const stream = await openStream(url, key)
  await post(url + stream.address, key, initialize)
  await stream.next()
  await post(url + stream.address, key, older('slow', { progressToken: 'a' }))
  for (const expected of progressOf('a')) {
    t.match(JSON.parse((await stream.next()).split('data: ')[1]!), expected)
  }
  while (!(await stream.next()).includes('"done"')); // a client that leaves would cancel the call
  stream.close()
})

t.test('log messages come from the level on that a request asks for, else not', async (t) => {
  const send = (meta: object) => {
    const message = { id: 1, method: 'tools/call', params: { name: 'slow', _meta: meta } }
    return post(`${url}/mcp`, key, modernBody(message), modernHeaders(message))
  }
  t.match(await all(await send({ 'io.modelcontextprotocol/logLevel': 'warning' })), [
    { method: 'notifications/message', params: { level: 'error', data: 'large' } },
    { id: 1 }
  ])
  t.match(await (await send({})).json(), { id: 1, result: { content: [{ text: 'done' }] } })
})

t.test(
  'leaving cancels a call of 2026-07-28; a notification cancels one on a stream',
  async (t) => {
    const message = { id: 1, method: 'tools/call', params: { name: 'stuck' } }
    const leaving = new AbortController()
    const closed = once(running.app.server, 'request').then(([, raw]) => once(raw, 'close'))
    const left = fetch(`${url}/mcp`, {
      method: 'POST',
      body: JSON.stringify(modernBody(message)),
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...modernHeaders(message)
      },
      signal: leaving.signal
    }).catch(() => {})
    await sleep(200)
    t.equal(cancelled, 0)
    leaving.abort()
    await Promise.all([closed, left])
    t.equal(cancelled, 1)
    const stream = await openStream(url, key)
    await post(url + stream.address, key, initialize)
    await stream.next()
    await post(url + stream.address, key, older('stuck', { progressToken: 1 }))
    t.match(await stream.next(), /progress/)
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'p' } }
    await post(url + stream.address, key, cancel)
    t.equal(cancelled, 2)
    await post(url + stream.address, key, { jsonrpc: '2.0', id: 9, method: 'ping' })
    t.match(await stream.next(), /"id":9/, 'a cancelled request gets no answer')
    stream.close()
  }
)
