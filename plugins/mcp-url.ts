import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The MCP endpoint: the one protected resource (RFC 8707). */
    mcpUrl: string
  }
}

/** app.mcpUrl: the spelling of the MCP URL that people copy and that tokens name. */
export default fp(
  async (app) => {
    app.decorate('mcpUrl', { getter: () => `${app.publicUrl}/api/v1/mcp/sse` })
  },
  { name: 'mcp-url', dependencies: ['public-url'] }
)
