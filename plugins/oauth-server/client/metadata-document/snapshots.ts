const publicClient = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none'
}

/**
 * The documents of well-known clients, as of 2026-11-23. A snapshot stands in while the document
 * cannot be fetched and no copy is stored: some publishers refuse the address ranges of hosting
 * companies. A fetched document always wins.
 */
export const snapshots: Record<string, Record<string, unknown>> = {
  'https://claude.ai/oauth/mcp-oauth-client-metadata': {
    client_name: 'Claude',
    client_uri: 'https://claude.ai',
    redirect_uris: [
      'https://claude.ai/api/mcp/auth_callback',
      'https://claude.com/api/mcp/auth_callback'
    ],
    ...publicClient
  },
  'https://claude.ai/oauth/claude-code-client-metadata': {
    client_name: 'Claude Code',
    client_uri: 'https://claude.ai',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    application_type: 'native',
    ...publicClient
  },
  'https://chatgpt.com/oauth/client.json': {
    client_name: 'ChatGPT',
    client_uri: 'https://chatgpt.com',
    redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    ...publicClient,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    jwks_uri: 'https://chatgpt.com/oauth/jwks.json'
  },
  'https://chatgpt.com/oauth/codex/client.json': {
    client_name: 'Codex',
    client_uri: 'https://chatgpt.com',
    redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
    application_type: 'native',
    ...publicClient
  },
  'https://vscode.dev/oauth/client-metadata.json': {
    client_name: 'Visual Studio Code',
    client_uri: 'https://code.visualstudio.com',
    redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
    application_type: 'native',
    ...publicClient
  },
  'https://cursor.com/oauth/mcp-client.json': {
    client_name: 'Cursor',
    client_uri: 'https://cursor.com',
    redirect_uris: [
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback'
    ],
    application_type: 'native',
    ...publicClient
  }
}
