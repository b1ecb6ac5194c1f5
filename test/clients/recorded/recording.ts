/** One HTTP request of a client to the MCP URL, as it was seen or as its source makes it. */
export interface Message { method: 'POST' | 'GET' | 'HEAD' | 'DELETE', headers?: Record<string, string>, body?: object, answered: number }

/**
 * What a client sends from the first 401 to `tools/list`. In texts {origin} stands for the service,
 * {mcp} for the MCP URL as it was configured, {scopes} for what the protected resource supports,
 * and {all scopes} for what the authorization server does.
 */
export interface Recording {
  client: string
  /** Where this is known from, in words. */
  source: string
  path: string
  /** Requests without a credential: each is answered 401 with the challenge. */
  probes: Message[]
  /**
   * Metadata that it asks for beside the two documents that the challenge leads to, and what it
   * gets.
   */
  asksToo?: Record<string, number>
  /**
   * The body of its registration, or the columns with which the operator registered it, or the
   * address of its metadata document.
   */
  registration: { body: object, times?: number, answered: Record<string, unknown> } | { columns: { client_id: string, redirect_uris: string[] } } | { document: string }
  redirectUri: string
  authorize: Record<string, string>
  token: Record<string, string>
  refresh: Record<string, string>
  session: Message[]
}

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** The JSON-RPC messages of a session, in the client's version and with its headers. */
export function rpc (protocolVersion: string, name: string, headers: Record<string, string> = {}) {
  const sent: Record<string, string> = { ...json, ...headers }
  const later: Record<string, string> = { ...sent, 'mcp-protocol-version': protocolVersion }
  const modern = (id: string | number, method: string, capabilities: object = {}) => {
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': capabilities, 'io.modelcontextprotocol/clientInfo': { name, version: '1.0.0' } }
    return post(200, { id, method, params: { _meta } }, { ...sent, 'mcp-protocol-version': '2026-07-28', 'mcp-method': method })
  }
  const post = (answered: number, body: object, all = later): Message => ({ method: 'POST', headers: all, body: { jsonrpc: '2.0', ...body }, answered })
  return {
    initialize: post(200, { id: 0, method: 'initialize', params: { protocolVersion, capabilities: {}, clientInfo: { name, version: '1.0.0' } } }, sent),
    initialized: post(202, { method: 'notifications/initialized' }),
    toolsList: post(200, { id: 1, method: 'tools/list', params: {} }),
    ping: post(200, { id: 2, method: 'ping' }),
    discover: post(400, { id: 'probe', method: 'server/discover', params: {} }, { ...sent, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' }),
    /** A probe in the form of 2026-07-28, and another request in it. */
    probe: (id: string | number) => modern(id, 'server/discover'),
    modernList: (id: string | number) => modern(id, 'tools/list', { elicitation: { form: {}, url: {} }, roots: {} }),
    get: (all: Record<string, string> = later): Message => ({ method: 'GET', headers: { ...all, accept: 'text/event-stream' }, answered: 405 })
  }
}

/** The same message while there is no credential. */
export function unauthorized (message: Message): Message {
  return { ...message, answered: 401 }
}
