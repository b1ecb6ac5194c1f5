import { hosted } from './hosted.ts'
import { local } from './local.ts'
import type { Recording } from './recording.ts'

/**
 * The recording of that client, but with a metadata document instead of a registration: the rest of
 * its requests is the same.
 */
function byDocument (clientName: string, source: string, document: string, more: Partial<Recording> = {}): Recording {
  const recording = [...hosted, ...local].find(({ client }) => client.startsWith(clientName))!
  return { ...recording, client: `${clientName}, by its metadata document`, source: `${source}; otherwise ${recording.source}`, registration: { document }, ...more }
}

/**
 * Clients whose client_id is the address of a document, which they choose as soon as the metadata
 * offers it.
 */
export const byDocuments: Recording[] = [
  byDocument('ChatGPT', 'OpenAI, Apps SDK documentation, page Authentication: the stable document and callback for servers that send iss', 'https://chatgpt.com/oauth/client.json',
    { redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect' }),
  byDocument('claude.ai', 'Anthropic, connector documentation, page Authentication', 'https://claude.ai/oauth/mcp-oauth-client-metadata'),
  byDocument('Claude Code', 'Anthropic, connector documentation, page Authentication: callbacks without a port, on localhost and on 127.0.0.1', 'https://claude.ai/oauth/claude-code-client-metadata'),
  byDocument('Cursor', 'the document itself', 'https://cursor.com/oauth/mcp-client.json'),
  byDocument('VS Code', 'the document itself; VS Code: src/vs/base/common/oauth.ts', 'https://vscode.dev/oauth/client-metadata.json'),
  byDocument('Codex CLI', 'openai/codex: codex-rs/rmcp-client/src/perform_oauth_login.rs: the shared document with a callback of its own', 'https://chatgpt.com/oauth/codex/client.json',
    { redirectUri: 'http://127.0.0.1:40993/callback' })
]
