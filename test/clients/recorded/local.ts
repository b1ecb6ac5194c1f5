import { type Recording, rpc, unauthorized } from './recording.ts'

const claudeCode = rpc('2025-11-25', 'claude-code', { 'user-agent': 'claude-code/2.1.197 (sdk-cli)' })
const code = rpc('2025-11-25', 'Visual Studio Code', { accept: 'text/event-stream, application/json', 'user-agent': 'node' })
const codex = rpc('2025-06-18', 'codex-mcp-client')
const gemini = rpc('2025-06-18', 'gemini-cli-mcp-client')
const inspector = rpc('2025-11-25', 'inspector-client', { origin: 'http://localhost:6274' })
const goose = rpc('2025-11-25', 'goose')
const copilot = rpc('2025-11-25', 'github-copilot-developer')
const remote = rpc('2025-11-25', 'mcp-remote-fallback')
const { 'mcp-protocol-version': _, ...withoutVersion } = gemini.ping.headers!

/** Clients on the person's own machine, called back over loopback. */
export const local: Recording[] = [
  {
    client: 'Claude Code',
    source: 'requests of version 2.1.197 measured on loopback; Claude Code documentation, page MCP; LHelge/mars, traffic of 2.1.274 and 2.1.282: a probe, then tools/list with id 0; anthropics/claude-code: resource with a query or a trailing slash, another port at each sign-in',
    path: '/api/v1/mcp/sse',
    probes: [unauthorized(claudeCode.initialize)],
    registration: {
      body: {
        client_name: 'Claude Code (kagura)', redirect_uris: ['http://localhost:54545/callback'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none'
      },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://localhost:61022/callback',
    authorize: { scope: '{scopes} offline_access', resource: '{mcp}/?profile=core' },
    token: { resource: '{mcp}/' },
    refresh: { resource: '{mcp}/?profile=core' },
    session: [claudeCode.initialize, claudeCode.initialized, claudeCode.get(), claudeCode.probe('server-discover-probe-1'), claudeCode.modernList(0)]
  },
  {
    client: 'VS Code',
    source: 'VS Code: src/vs/base/common/oauth.ts and src/vs/workbench/api/common/extHostMcp.ts',
    path: '/mcp',
    probes: [unauthorized(code.initialize)],
    registration: {
      body: {
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: ['https://insiders.vscode.dev/redirect', 'https://vscode.dev/redirect', 'http://127.0.0.1/', 'http://127.0.0.1:33418/'],
        scope: 'mcp:tools',
        token_endpoint_auth_method: 'none',
        application_type: 'native'
      },
      answered: { token_endpoint_auth_method: 'none', application_type: 'native' }
    },
    redirectUri: 'http://127.0.0.1:33418/',
    authorize: { scope: 'mcp:tools', resource: '{mcp}', response_mode: 'query' },
    token: { resource: '{mcp}' },
    refresh: { scope: 'mcp:tools', resource: '{mcp}' },
    session: [code.initialize, code.initialized, code.get(), code.toolsList]
  },
  {
    client: 'Codex CLI',
    source: 'openai/codex: codex-rs/rmcp-client/src/perform_oauth_login.rs; modelcontextprotocol/rust-sdk: crates/rmcp/src/transport/auth.rs; openai/codex: resource lost on refresh',
    path: '/mcp',
    probes: [{ method: 'GET', headers: { accept: '*/*', 'mcp-protocol-version': '2024-11-05' }, answered: 401 }, unauthorized(codex.initialize)],
    registration: {
      body: { client_name: 'Codex', redirect_uris: ['http://127.0.0.1:38211/callback/0a1b2c3d4e5f'], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', response_types: ['code'] },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://127.0.0.1:40993/callback/0a1b2c3d4e5f',
    authorize: { scope: '{all scopes}', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: {},
    session: [codex.initialize, codex.initialized, codex.get(), codex.toolsList]
  },
  {
    client: 'Gemini CLI',
    source: 'gemini-cli: packages/core/src/mcp/oauth-provider.ts and oauth-utils.ts; requests of version 0.61.0 measured on loopback: a GET without a protocol version after initialize',
    path: '/mcp',
    probes: [{ method: 'HEAD', headers: { accept: 'text/event-stream' }, answered: 401 }, unauthorized(gemini.initialize)],
    registration: {
      body: { client_name: 'Gemini CLI MCP Client', redirect_uris: ['http://localhost:7777/oauth/callback'], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none', scope: '' },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://localhost:7777/oauth/callback',
    authorize: { scope: '{all scopes}', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: { resource: '{mcp}' },
    session: [gemini.initialize, gemini.initialized, gemini.get(withoutVersion), gemini.ping, gemini.toolsList]
  },
  {
    client: 'MCP Inspector',
    source: 'modelcontextprotocol/inspector 2.12: clients/web; its first version ran in the browser, with an Origin and a preflight',
    path: '/api/v1/mcp',
    probes: [unauthorized(inspector.initialize)],
    registration: {
      body: {
        redirect_uris: ['http://localhost:6274/oauth/callback'],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        client_name: 'MCP Inspector',
        client_uri: 'https://github.com/modelcontextprotocol/inspector',
        scope: 'mcp:tools mcp:memory mcp:coding mcp:graph mcp:web'
      },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://localhost:6274/oauth/callback',
    authorize: { scope: '{scopes}', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: { resource: '{mcp}' },
    session: [inspector.initialize, inspector.initialized, inspector.get(), inspector.ping, inspector.toolsList]
  },
  {
    client: 'Goose',
    source: 'modelcontextprotocol/rust-sdk 3.1.4: ids from 0, an error with another id ends the session; aaif-goose/goose#12257; its registration is that of Codex, by the same library',
    path: '/mcp',
    probes: [unauthorized(goose.probe(0))],
    registration: {
      body: { client_name: 'Goose', redirect_uris: ['http://127.0.0.1:38212/oauth_callback'], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', response_types: ['code'] },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://127.0.0.1:38212/oauth_callback',
    authorize: { scope: '{all scopes}', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: {},
    session: [goose.probe(0), goose.modernList(1)]
  },
  {
    client: 'Copilot CLI',
    source: 'github/copilot-cli#4888 and #4525: server/discover, and then initialize all the same',
    path: '/mcp',
    probes: [unauthorized(copilot.probe(0))],
    registration: {
      body: { client_name: 'GitHub Copilot CLI', redirect_uris: ['http://127.0.0.1:38213/'], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', response_types: ['code'] },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://127.0.0.1:38213/',
    authorize: { scope: '{scopes}', resource: '{mcp}' },
    token: { resource: '{mcp}' },
    refresh: { resource: '{mcp}' },
    session: [copilot.probe(0), copilot.initialize, copilot.initialized, copilot.toolsList, copilot.modernList(2)]
  },
  {
    client: 'mcp-remote',
    source: 'npm mcp-remote 0.15.1: dist/proxy.js, with the last of its guesses at a scope; resource in upper case as some of its users configure it',
    path: '/api/v1/mcp/sse',
    probes: [unauthorized(remote.initialize)],
    registration: {
      body: {
        client_name: 'MCP CLI Proxy',
        redirect_uris: ['http://localhost:3335/oauth/callback'],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
        software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
        software_version: '0.15.1'
      },
      answered: { token_endpoint_auth_method: 'none' }
    },
    redirectUri: 'http://localhost:3335/oauth/callback',
    authorize: { scope: '{all scopes} openid email profile', resource: '{MCP}' },
    token: { resource: '{MCP}' },
    refresh: { resource: '{MCP}' },
    session: [remote.initialize, remote.initialized, remote.get(), remote.toolsList]
  }
]
