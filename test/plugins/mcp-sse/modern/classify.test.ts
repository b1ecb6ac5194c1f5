import fc from 'fast-check'
import t from 'tap'
import { RpcError } from '../../../../lib/errors.ts'
import { classify, metaKeys, MODERN_VERSION } from '../../../../plugins/mcp-sse/modern/classify.ts'
import { decodeHeader, trimHeader } from '../../../../plugins/mcp-sse/modern/header-value.ts'
import { modernBody, modernHeaders } from '../../../support/modern-client.ts'

/** The code of the refusal, or what the message is taken for. */
function outcome(headers: Record<string, string>, body: unknown): number | string {
  try {
    return classify(headers, body)?.kind ?? 'older'
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return error.code
  }
}

const call = { id: 0, method: 'tools/call', params: { name: 'memory_recall', arguments: {} } }
const body = modernBody(call) as { params: { _meta: Record<string, unknown> } }
const headers = modernHeaders(call)
const withMeta = (change: Record<string, unknown>) => ({
  ...body,
  params: { ...body.params, _meta: { ...body.params._meta, ...change } }
})

t.test('a request is taken for what it says itself, in the order of the specification', (t) => {
  const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const modern = { 'mcp-protocol-version': MODERN_VERSION }
  const cases: Array<[number | string, Record<string, string>, unknown]> = [
    ['request', headers, body],
    ['older', {}, list],
    ['older', { 'mcp-protocol-version': '2025-11-25' }, list],
    ['older', { 'mcp-protocol-version': 'nonsense' }, list],
    ['older', {}, [list, initialize]],
    [-32600, headers, [list, body]],
    ['older', modern, { jsonrpc: '2.0', id: 1, result: {} }],
    ['older', modern, initialize],
    ['older', modern, { ...initialize, params: { _meta: { [metaKeys.version]: 7 } } }],
    [-32601, { ...modern, 'mcp-method': 'initialize' }, modernBody({ method: 'initialize' })],
    [-32602, modern, list],
    [-32602, { 'mcp-protocol-version': '2027-01-01' }, list],
    ['notification', modern, { jsonrpc: '2.0', method: 'notifications/cancelled' }],
    [-32600, modern, { hello: 1 }],
    [-32600, modern, 'text'],
    [-32600, headers, { ...body, id: null }],
    [-32600, headers, { ...body, id: 1.5 }],
    [-32600, headers, { ...body, jsonrpc: '1.0' }],
    [-32602, headers, withMeta({ [metaKeys.version]: 7 })],
    [-32602, headers, withMeta({ [metaKeys.capabilities]: undefined })],
    [-32602, headers, withMeta({ [metaKeys.capabilities]: [] })],
    [-32602, headers, withMeta({ [metaKeys.clientInfo]: 'me' })],
    [-32602, headers, withMeta({ [metaKeys.logLevel]: 'loud' })],
    [-32602, headers, withMeta({ [metaKeys.logLevel]: ['debug'] })],
    ['request', headers, withMeta({ [metaKeys.clientInfo]: undefined })],
    [-32020, { ...headers, 'mcp-protocol-version': '2025-11-25' }, body],
    [-32020, { ...headers, 'mcp-method': 'Tools/call' }, body],
    [-32022, {}, withMeta({ [metaKeys.version]: '1900-01-01' })],
    [-32020, {}, body],
    [-32020, modern, body],
    [-32020, { ...headers, 'mcp-name': 'memory_store' }, body],
    [-32020, { ...headers, 'mcp-name': '=?base64?bWVtb3J5X3JlY2FsbA?=' }, body],
    ['request', { ...headers, 'mcp-name': ' =?base64?bWVtb3J5X3JlY2FsbA==?=\t' }, body]
  ]
  for (const [expected, sentHeaders, sentBody] of cases) {
    t.equal(outcome(sentHeaders, sentBody), expected, JSON.stringify([sentHeaders, sentBody]))
  }
  t.end()
})

t.test('no body and no headers make the classifier fail', (t) => {
  const metaValue = fc.oneof(fc.constant(MODERN_VERSION), fc.jsonValue())
  const message = fc.record(
    {
      jsonrpc: fc.oneof(fc.constant('2.0'), fc.jsonValue()),
      id: fc.oneof(fc.integer(), fc.string(), fc.jsonValue()),
      method: fc.oneof(fc.constantFrom('initialize', 'tools/call', 'resources/read'), fc.string()),
      params: fc.record(
        {
          name: fc.jsonValue(),
          uri: fc.jsonValue(),
          _meta: fc.oneof(
            fc.jsonValue(),
            fc.record(
              { [metaKeys.version]: metaValue, [metaKeys.capabilities]: fc.jsonValue() },
              { requiredKeys: [] }
            )
          )
        },
        { requiredKeys: [] }
      ),
      result: fc.jsonValue()
    },
    { requiredKeys: [] }
  )
  const sentHeaders = fc.record(
    {
      'mcp-protocol-version': fc.oneof(fc.constant(MODERN_VERSION), fc.string()),
      'mcp-method': fc.oneof(fc.constant('tools/call'), fc.string()),
      'mcp-name': fc.string()
    },
    { requiredKeys: [] }
  )
  const codes = [-32600, -32601, -32602, -32020, -32022]
  fc.assert(
    fc.property(
      sentHeaders,
      fc.oneof(message, fc.array(message, { maxLength: 3 }), fc.jsonValue()),
      (someHeaders, someBody) => {
        const result = outcome(someHeaders, JSON.parse(JSON.stringify(someBody)))
        return typeof result === 'string' || codes.includes(result)
      }
    ),
    { numRuns: 2000 }
  )
  t.end()
})

t.test('every id and name arrives, whatever characters it has', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer(), fc.string()),
      fc.string({ unit: 'grapheme' }),
      (id, name) => {
        const message = { id, method: 'tools/call', params: { name } }
        const blanks = Object.fromEntries(
          Object.entries(modernHeaders(message)).map(([key, value]) => [key, ` \t${value} `])
        )
        const classified = classify(blanks, modernBody(message))
        return classified?.kind === 'request' && classified.id === id
      }
    )
  )
  t.end()
})

t.test('base64 counts in its one spelling only', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = Buffer.from(text).toString('base64')
      const expected = Buffer.from(text).toString('utf8')
      return decodeHeader(`=?base64?${encoded}?=`) === expected
    })
  )
  for (const wrong of ['YQ', 'YQ=', 'YR==', 'Y Q=', 'YQ==\n', '_-__', '/w==', '=', '====']) {
    t.equal(decodeHeader(`=?base64?${wrong}?=`), undefined, wrong)
  }
  for (const literal of [
    '=?base64?=',
    '=?BASE64?YQ==?=',
    'x=?base64?YQ==?=',
    '=?base64?YQ==',
    ''
  ]) {
    t.equal(decodeHeader(literal), literal)
  }
  t.equal(trimHeader(' \t a b \t'), 'a b')
  t.equal(trimHeader(undefined), undefined)
  t.end()
})
