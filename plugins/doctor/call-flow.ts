import { mcpPaths } from '../../lib/mcp-resource.ts'
import { metaKeys, MODERN_VERSION } from '../mcp-sse/modern/classify.ts'
import { type Check, failedCheck, passedCheck, type ServerVisit } from './visit.ts'

const mcpPath = mcpPaths[0]!
/** Milliseconds after which an event has not come at once. */
const MAX_EVENT_MS = 3000
/** Bytes of a large call: a memory has up to 1 MiB. */
const LARGE_BYTES = 1_100_000

/**
 * Plays what a connected app does, with an API key: it discovers the server in the form of MCP
 * 2026-07-28, lists and calls a tool, sends a large body, and opens a stream of events.
 */
export async function checkCallFlow(visit: ServerVisit, key: string): Promise<Check[]> {
  const headers = { authorization: `Bearer ${key}` }
  const discovery = await sendModern(visit, headers, 'server/discover', {})
  if (discovery.status === 401) return [] // checkTools says what is wrong with the key
  return [
    discovery.result
      ? passedCheck('discovery', `The server speaks MCP ${MODERN_VERSION}.`)
      : failedCheck(
          'discovery',
          `server/discover answers ${discovery.text}.`,
          'Let the proxy forward POST with its body and the header MCP-Protocol-Version.'
        ),
    await checkCall(visit, headers),
    await checkLargeBody(visit, headers),
    await checkStream(visit, headers)
  ]
}

type Headers = Record<string, string>

interface ModernAnswer {
  status: number
  result: unknown
  /** The error in a few words. */
  text: string
}

async function sendModern(
  visit: ServerVisit,
  headers: Headers,
  method: string,
  params: Record<string, unknown>
): Promise<ModernAnswer> {
  const meta = {
    [metaKeys.version]: MODERN_VERSION,
    [metaKeys.capabilities]: {},
    [metaKeys.clientInfo]: { name: 'kagura doctor', version: '1' }
  }
  const name = params['name']
  const { status, json, problem } = await visit.send(
    'POST',
    mcpPath,
    {
      ...headers,
      'mcp-protocol-version': MODERN_VERSION,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name })
    },
    { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }
  )
  const { message } = (json?.['error'] ?? {}) as { message?: string }
  const text = problem ?? [String(status), message].filter(Boolean).join(': ')
  return { status, result: json?.['result'], text }
}

/** The headers Mcp-Method and Mcp-Name repeat the body. The server refuses a call without them. */
async function checkCall(visit: ServerVisit, headers: Headers): Promise<Check> {
  const call = await sendModern(visit, headers, 'tools/call', {
    name: 'memory_stats',
    arguments: {}
  })
  return call.result
    ? passedCheck('call', 'A tool answers, and the headers Mcp-* arrive.')
    : failedCheck(
        'call',
        `memory_stats answers ${call.text}.`,
        'Let the proxy forward the headers Mcp-Method, Mcp-Name and MCP-Protocol-Version ' +
          'unchanged. If the key may not read memories, try another one.'
      )
}

/** The server itself refuses the call, which has no key, but only after reading all of it. */
async function checkLargeBody(visit: ServerVisit, headers: Headers): Promise<Check> {
  const params = { name: 'memory_store', arguments: { value: 'x'.repeat(LARGE_BYTES) } }
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  const { status, json, problem } = await visit.send('POST', mcpPath, headers, body)
  return json !== undefined && status !== 413
    ? passedCheck('large body', 'A call of 1.1 MB passes.')
    : failedCheck(
        'large body',
        `A call of 1.1 MB answers ${problem ?? status}, so long memories cannot be stored.`,
        'Raise the limit of the proxy: client_max_body_size 20m at nginx. Imports in the browser ' +
          'need as much as MAX_IMPORT_MB.'
      )
}

async function checkStream(visit: ServerVisit, headers: Headers): Promise<Check> {
  const startedAt = performance.now()
  const event = await visit.firstEvent(mcpPath, headers, MAX_EVENT_MS)
  const elapsedMs = Math.round(performance.now() - startedAt)
  return event.status === 200 && event.text.includes('event:')
    ? passedCheck('event stream', `Its first event comes after ${elapsedMs} ms.`)
    : failedCheck(
        'event stream',
        event.status === 200
          ? `No event comes within ${MAX_EVENT_MS / 1000} s, so something holds it back.`
          : `GET answers ${event.problem ?? event.status}.`,
        'Turn off buffering and compression of text/event-stream in the proxy: proxy_buffering ' +
          'off at nginx, flush_interval -1 at Caddy. Cloudflare quick tunnels hold streams back.'
      )
}
