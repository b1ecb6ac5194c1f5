import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Teardown } from './teardown.ts'

export type Kind = 'http' | 'sse'

/**
 * Connects the client of the MCP SDK with a bearer credential over one of the two transports;
 * closed at teardown.
 */
export async function connectClient(
  t: Teardown,
  url: string,
  credential: unknown,
  kind: Kind = 'http',
  path = '/api/v1/mcp/sse'
): Promise<Client> {
  const client = new Client({ name: 'test-client', version: '1.0.0' })
  const requestInit = { headers: { authorization: `Bearer ${String(credential)}` } }
  const endpoint = new URL(url + path)
  const transport =
    kind === 'http'
      ? new StreamableHTTPClientTransport(endpoint, { requestInit })
      : new SSEClientTransport(endpoint, { requestInit })
  await client.connect(transport)
  t.teardown(() => client.close())
  return client
}

/** Calls a tool; returns its texts, its structured answer, and whether it is an error. */
export async function call(
  client: Client,
  name: string,
  args: Record<string, unknown> = {}
): Promise<{ text: string; structured: any; isError: boolean }> {
  const { content, structuredContent, isError } = (await client.callTool({
    name,
    arguments: args
  })) as CallToolResult
  return {
    text: content.map((item) => (item.type === 'text' ? item.text : '')).join('\n'),
    structured: structuredContent,
    isError: isError === true
  }
}

/** Posts one JSON-RPC message without the SDK. A string is sent unchanged. */
export async function post(
  url: string,
  credential: string | undefined,
  message: unknown,
  headers: Record<string, string> = {}
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: typeof message === 'string' ? message : JSON.stringify(message),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
      ...headers
    }
  })
}

/** The result in the answer to a JSON-RPC request. */
export async function resultOf<R>(answer: Response | Promise<Response>): Promise<R> {
  return ((await (await answer).json()) as { result: R }).result
}

export const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' }
  }
}
export const toolsCall = (name: string, args: object, id = 2) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args }
})
