import { post } from './mcp-client.ts'

const META = 'io.modelcontextprotocol/'
export const VERSION = '2026-07-28'

export interface ModernMessage {
  id?: unknown
  method: string
  params?: Record<string, unknown>
}

/** What a client puts into `_meta` of each request. */
export const envelope = (capabilities: object = {}, more: object = {}) => ({
  [`${META}protocolVersion`]: VERSION,
  [`${META}clientCapabilities`]: capabilities,
  [`${META}clientInfo`]: { name: 'modern-test', version: '1' },
  ...more
})

/** A message of 2026-07-28 as JSON-RPC. */
export function modernBody(
  { id = 0, method, params = {} }: ModernMessage,
  capabilities: object = {}
): object {
  const meta = params['_meta'] as object | undefined
  return {
    jsonrpc: '2.0',
    id,
    method,
    params: { ...params, _meta: envelope(capabilities, meta) }
  }
}

/** The headers that repeat a message. */
export function modernHeaders({ method, params = {} }: ModernMessage): Record<string, string> {
  const name = method === 'resources/read' ? params['uri'] : params['name']
  return {
    'mcp-protocol-version': VERSION,
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': headerValue(name) })
  }
}

function headerValue(text: string): string {
  return /^[\x21-\x7e]+$/.test(text) ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`
}

/** Posts a message in the form of 2026-07-28, without an SDK. */
export function postModern(
  url: string,
  credential: string | undefined,
  message: ModernMessage,
  capabilities: object = {}
): Promise<Response> {
  return post(url, credential, modernBody(message, capabilities), modernHeaders(message))
}

/** The messages of a stream of server-sent events, one after another. */
export async function* eventsOf(answer: Response): AsyncGenerator<any> {
  let text = ''
  for await (const chunk of answer.body!) {
    text += Buffer.from(chunk).toString()
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (data !== undefined) yield JSON.parse(data)
    }
  }
}
