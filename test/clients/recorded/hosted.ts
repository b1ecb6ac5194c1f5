import { type Recording, rpc, unauthorized } from './recording.ts'

const openai = rpc('2025-11-25', 'openai-mcp', { 'user-agent': 'openai-mcp/1.0.0' })
const chatgpt = {
  path: '/api/v1/mcp/sse',
  probes: [unauthorized(openai.initialize)],
  asksToo: { '/.well-known/openid-configuration': 404 },
  redirectUri: 'https://chatgpt.com/connector/oauth/AbC-123_xyz',
  session: [openai.discover, openai.initialize, openai.initialized, openai.toolsList]
}
const claude = rpc('2025-11-25', 'Anthropic/ClaudeAI', { 'user-agent': 'Claude-User' })
const cursor = rpc('2025-06-18', 'cursor-vscode', { 'user-agent': 'Cursor/3.24.9' })

/** Clients that call from their vendor's servers, or send the browser back there. */
export const hosted: Recording[] = [
  {
    ...chatgpt,
    client: 'ChatGPT, registering itself for one connector',
    source: 'OpenAI, Apps SDK documentation, page Authentication; traffic of openai-mcp/1.0.0 that server authors measured',
    registration: {
      body: { client_name: 'ChatGPT', redirect_uris: ['https://chatgpt.com/connector/oauth/AbC-123_xyz'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' },
      answered: { token_endpoint_auth_method: 'none' }
    },
    authorize: { scope: '{scopes}', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: { resource: '{mcp}' }
  },
  {
    ...chatgpt,
    client: 'ChatGPT, with the client and the secret that the operator made',
    source: 'OpenAI, Apps SDK documentation, page Authentication: predefined OAuth clients; callbacks for each connector',
    registration: { columns: { client_id: 'chatgpt-connector', redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect', 'https://chatgpt.com/connector/oauth/*'] } },
    authorize: { scope: 'mcp:tools mcp:memory mcp:coding', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: {}
  },
  {
    client: 'claude.ai, Claude Desktop and the mobile apps',
    source: 'Anthropic, connector documentation, page Authentication; reports in anthropics/claude-ai-mcp: client_secret_post asked for, registered twice, resource on the token request only; #1052: server/discover before initialize since August 2026',
    path: '/mcp',
    probes: [{ method: 'HEAD', headers: { 'user-agent': 'python-httpx/0.27.0' }, answered: 401 }, unauthorized(claude.initialize)],
    asksToo: { '/.well-known/oauth-protected-resource': 200 },
    registration: {
      body: {
        client_name: 'Claude',
        redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: 'mcp:tools mcp:memory mcp:coding mcp:graph mcp:web offline_access',
        token_endpoint_auth_method: 'client_secret_post'
      },
      times: 2,
      answered: { token_endpoint_auth_method: 'client_secret_post', client_secret_expires_at: 0 }
    },
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
    authorize: { scope: '{scopes} offline_access' },
    token: { resource: '{mcp}' },
    refresh: { resource: '{mcp}' },
    session: [claude.probe('server-discover-probe-1'), claude.initialize, claude.initialized, claude.toolsList]
  },
  {
    client: 'Cursor',
    source: 'Cursor documentation, page Model Context Protocol; registration of version 3.24.9 as a server author saw it',
    path: '/mcp/sse',
    probes: [unauthorized(cursor.initialize)],
    registration: {
      body: {
        client_name: 'Cursor',
        redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback', 'http://localhost:8787/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: 'mcp:tools',
        token_endpoint_auth_method: 'none'
      },
      answered: { token_endpoint_auth_method: 'none', scope: 'mcp:tools' }
    },
    redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
    authorize: { scope: 'mcp:tools', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: { resource: '{mcp}' },
    session: [cursor.initialize, cursor.initialized, cursor.get(), cursor.toolsList]
  }
]
