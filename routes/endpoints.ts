import type { FastifyInstance, FastifyPluginAsync } from 'fastify'

/** An endpoint that a plugin provides, with every URL where clients reach it. */
interface EndpointRoute {
  url: string
  /** Clients of MCP 2025-03-26 fall back to /authorize, /token and /register. */
  aliases?: string[]
  endpoint: FastifyPluginAsync
}

/** The endpoints of MCP and OAuth. Every other URL is a folder of routes/. */
export function listEndpoints({ mcpSse, oauthServer }: FastifyInstance): EndpointRoute[] {
  return [
    {
      url: '/api/v1/mcp/sse',
      aliases: ['/api/v1/mcp', '/mcp', '/mcp/sse'],
      endpoint: mcpSse.endpoint
    },
    { url: '/api/v1/mcp/key', endpoint: mcpSse.keyEndpoint },
    { url: '/api/v1/mcp/messages', endpoint: mcpSse.messagesEndpoint },
    { url: '/api/v1/oauth/authorize', aliases: ['/authorize'], endpoint: oauthServer.authorize },
    { url: '/api/v1/oauth/consent', endpoint: oauthServer.consent },
    { url: '/api/v1/oauth/device_authorization', endpoint: oauthServer.deviceAuthorization },
    { url: '/api/v1/oauth/introspect', endpoint: oauthServer.introspect },
    { url: '/api/v1/oauth/par', endpoint: oauthServer.pushedAuthorizationRequest },
    { url: '/api/v1/oauth/register', aliases: ['/register'], endpoint: oauthServer.register },
    { url: '/api/v1/oauth/revoke', aliases: ['/revoke'], endpoint: oauthServer.revoke },
    { url: '/api/v1/oauth/token', aliases: ['/token'], endpoint: oauthServer.token }
  ]
}
