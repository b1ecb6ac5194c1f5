import { allTools } from '../../../../tools/index.ts'
import { envelope, VERSION } from '../../../support/modern-client.ts'
import { damaged, Dice, oddText, oddValue, withFaults } from './dice.ts'

/** A request as it goes on the wire. A header with several values is sent several times. */
export interface FuzzRequest {
  verb: string
  path: string
  headers: Record<string, string | string[]>
  body: Buffer
}

type Json = Record<string, unknown>

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'

/** Tools that take neither a child process nor another server. */
const quickTools = allTools.filter(
  ({ name, groups }) => !groups.includes('web') && name !== 'coding_index_source_code'
)
const methods: readonly string[] = [
  ...[
    'tools/list',
    'tools/call',
    'tools/call',
    'tools/call',
    'resources/list',
    'resources/templates/list',
    'resources/read'
  ],
  ...[
    'prompts/list',
    'prompts/get',
    'completion/complete',
    'server/discover',
    'initialize',
    'ping'
  ],
  ...['subscriptions/listen', 'logging/setLevel', 'resources/subscribe', 'tools/CALL', 'tasks/get']
]
const notifications: readonly string[] = [
  ...[
    'notifications/initialized',
    'notifications/cancelled',
    'notifications/progress',
    'tools/call'
  ]
]
const ids: readonly unknown[] = [
  ...[0, 1, -1, 7, '', '0', 'probe', '__proto__', 'listen:0', '日本', 2 ** 53, -0, 1e300],
  ...[null, 0.5, true, [], {}, [1], { id: 1 }]
]
const goodIds = ids.filter((id) => typeof id === 'string' || Number.isInteger(id))

/** The params of a request that the product understands. */
function usualParams(dice: Dice, method: string): Json {
  if (method === 'tools/call') {
    const { name, example } = dice.pick(quickTools) as { name: string; example?: object }
    return { name, arguments: withFaults(dice, { ...example }, 15) }
  }
  const ref = { type: 'ref/resource', uri: 'memory://{agent_name}/{key}' }
  const usual: Record<string, Json> = {
    'resources/read': { uri: `memory://global/${dice.pick(['tea', 'none', oddText(dice)])}` },
    'prompts/get': { name: 'what-do-you-know-about-me', arguments: { topic: oddText(dice) } },
    'completion/complete': { ref, argument: { name: 'key', value: oddText(dice) } },
    'subscriptions/listen': { notifications: { toolsListChanged: dice.happens(50) } },
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'fuzz', version: '1' }
    }
  }
  return usual[method] ?? {}
}

/** A JSON-RPC message, of 2026-07-28 or older, mostly with a fault. */
export function fuzzMessage(dice: Dice, isModern: boolean): Json {
  const isNotification = dice.happens(6)
  const method = dice.happens(4)
    ? oddText(dice)
    : dice.pick(isNotification ? notifications : methods)
  const extra = {
    ...(dice.happens(20) && { progressToken: oddValue(dice) }),
    ...(dice.happens(5) && { 'io.modelcontextprotocol/logLevel': oddText(dice) }),
    ...(dice.happens(5) && { traceparent: oddText(dice) })
  }
  const capabilities = dice.pick([
    {},
    { elicitation: {} },
    { sampling: {}, extensions: oddValue(dice) }
  ])
  const meta = isModern ? envelope(capabilities, extra) : extra
  const input = dice.happens(4) && { requestState: oddValue(dice), inputResponses: oddValue(dice) }
  const params = {
    ...usualParams(dice, method),
    ...input,
    _meta: dice.happens(8) ? withFaults(dice, meta, 30) : meta
  }
  const message = {
    jsonrpc: '2.0',
    ...(!isNotification && { id: dice.pick(dice.happens(85) ? goodIds : ids) }),
    method,
    params: dice.happens(10) ? withFaults(dice, params, 30) : params
  }
  return dice.happens(5) ? withFaults(dice, message, 25) : message
}

/** A value as a header can carry it: Latin-1 without control characters. */
const headerText = (text: string) =>
  Buffer.from(text.slice(0, 3000))
    .toString('latin1')
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')

/** An object may have a member `toString` that is none. */
const asText = (value: unknown) =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

/** The headers that repeat the message, as a client of 2026-07-28 sends them. */
function repeatedHeaders(dice: Dice, body: unknown): Record<string, string> {
  const { method, params } = (body ?? {}) as { method?: unknown; params?: Json }
  const { name, uri, _meta } = params ?? {}
  const version = (_meta as Json | undefined)?.[VERSION_KEY] ?? VERSION
  const text = asText(method === 'resources/read' ? uri : name)
  const isPlain = /^[\x21-\x7e]{1,300}$/.test(text) && dice.happens(80)
  const encodedName = `=?base64?${Buffer.from(text.slice(0, 2000)).toString('base64')}?=`
  return {
    'mcp-protocol-version': headerText(asText(version)),
    'mcp-method': headerText(asText(method)),
    'mcp-name': isPlain ? text : encodedName
  }
}

const oddHeaders: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['accept', ['application/json', 'text/event-stream', '*/*', 'text/html', '', 'x'.repeat(2000)]],
  [
    'content-type',
    ['application/json; charset=utf-16', 'text/plain', 'application/jsonp', 'a', '']
  ],
  ['content-type', ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']],
  ['mcp-session-id', ['', 'x', 'a.b.c', 'x'.repeat(3000)]],
  ['mcp-protocol-version', ['2025-06-18', '2026-07-29', '0', '', ' 2026-07-28\t', 'x'.repeat(900)]],
  ['origin', ['null', 'https://claude.ai', 'https://evil.example', 'x']],
  ['host', ['evil.example', 'localhost', '[::1]', '']],
  [
    'authorization',
    ['', 'Bearer', 'Bearer x', 'Basic eDp4', 'DPoP x', `Bearer ${'x'.repeat(5000)}`]
  ],
  ['dpop', ['x', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.']],
  ['last-event-id', ['1', 'x']],
  ['content-encoding', ['gzip', 'identity', 'x']],
  ['expect', ['200-ok']],
  ['x-forwarded-for', ['1.2.3.4', 'x', '::']],
  ['accept-language', ['de', '*;q=x', '']]
]

function withOddHeaders(dice: Dice, headers: FuzzRequest['headers']): void {
  const [name, values] = dice.pick(oddHeaders)
  headers[name] = dice.happens(60) ? dice.pick(values) : headerText(oddText(dice))
  if (dice.happens(20)) headers['mcp-name'] = ['a', headerText(oddText(dice))]
  if (dice.happens(20)) headers['mcp-method'] = headerText(oddText(dice))
  if (dice.happens(20)) delete headers['mcp-method']
}

const paths: readonly string[] = [
  ...Array.from({ length: 20 }, () => '/mcp'),
  ...['/api/v1/mcp/sse', '/api/v1/mcp/key', '/mcp/', '/mcp/sse', '/mcp?profile=full'],
  ...['/mcp?profile=none', '/mcp?tools=memory_recall,x', '/mcp?tools=&a=%00']
]

/** A body that is no message. */
const oddBody = (dice: Dice) => dice.pick([oddValue(dice), [null], [[]], {}, 'text'])

/** One request. The same for the same seed. */
export function fuzzRequest(seed: number, credential: string): FuzzRequest {
  const dice = new Dice(seed)
  const isModern = dice.happens(55)
  const message = () => fuzzMessage(dice, dice.happens(95) ? isModern : !isModern)
  const batch = () => Array.from({ length: dice.pick([0, 1, 2, 3, 60]) }, message)
  const kind = dice.below(100)
  const json = kind < 8 ? batch() : kind < 11 ? oddBody(dice) : message()
  const text = Buffer.from(JSON.stringify(json))
  const headers: FuzzRequest['headers'] = {
    authorization: `Bearer ${credential}`,
    'content-type': 'application/json',
    accept: dice.happens(80) ? 'application/json, text/event-stream' : 'application/json',
    ...(isModern && repeatedHeaders(dice, json))
  }
  if (dice.happens(15)) withOddHeaders(dice, headers)
  const verb = dice.happens(96) ? 'POST' : dice.pick(['GET', 'DELETE', 'PUT', 'OPTIONS', 'HEAD'])
  const body = dice.happens(5) ? damaged(dice, text) : text
  return { verb, path: dice.pick(paths), headers, body: verb === 'POST' ? body : Buffer.alloc(0) }
}
