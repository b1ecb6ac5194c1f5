import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { mcpEndpoint, mcpKeyEndpoint, mcpMessagesEndpoint } from './endpoints.ts'
import { openStreams } from './stream.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcpSse: McpEndpoints
  }
}

export interface McpEndpoints {
  /** Both transports on one URL: GET opens the stream of 2024-11-05, POST is Streamable HTTP. */
  endpoint: FastifyPluginAsync
  /** The same endpoint for API keys alone. */
  keyEndpoint: FastifyPluginAsync
  /** Where the client of an open stream posts its messages. */
  messagesEndpoint: FastifyPluginAsync
}

/** app.mcpSse: the MCP endpoints, which share the open streams of this process. */
export default fp(
  async (app) => {
    const openedStreams = openStreams(app)
    app.decorate('mcpSse', {
      endpoint: mcpEndpoint(openedStreams),
      keyEndpoint: mcpKeyEndpoint(openedStreams),
      messagesEndpoint: mcpMessagesEndpoint(openedStreams)
    })
  },
  {
    name: 'mcp-sse',
    dependencies: ['auth', 'seal', 'audit', 'security', 'tool-calls', 'consent-views', 'mcp-url']
  }
)
