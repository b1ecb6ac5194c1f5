import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { mcpEndpoint, mcpKeyEndpoint, mcpMessagesEndpoint } from './endpoints.ts'
import { SseTransport } from './legacy/sse.ts'
import type { Fixtures } from './methods/fixtures.ts'
import type { McpService } from './methods/method-call.ts'
import { StreamRegistry } from './stream-registry.ts'

export type { Fixtures } from './methods/fixtures.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcpSse: McpEndpoints
  }
}

export interface McpEndpoints {
  /**
   * Every revision on one URL: GET opens the stream of 2024-11-05, POST is Streamable HTTP of any
   * later one.
   */
  endpoint: FastifyPluginAsync
  /** The same endpoint for API keys alone. */
  keyEndpoint: FastifyPluginAsync
  /** Where the client of an open stream posts its messages. */
  messagesEndpoint: FastifyPluginAsync
}

/**
 * app.mcpSse: the MCP endpoints, which share the open streams of this process. `fixtures`: what
 * tests add to the catalogue.
 */
export default fp<{ fixtures?: Fixtures | undefined }>(
  async (app, { fixtures }) => {
    const mcp: McpService = { app, streams: new StreamRegistry(app), fixtures }
    const ends = { mcp, sse: new SseTransport(mcp) }
    app.decorate('mcpSse', {
      endpoint: mcpEndpoint(ends),
      keyEndpoint: mcpKeyEndpoint(ends),
      messagesEndpoint: mcpMessagesEndpoint(ends)
    })
  },
  {
    name: 'mcp-sse',
    dependencies: ['auth', 'seal', 'audit', 'security', 'tool-calls', 'consent-views', 'mcp-url']
  }
)
