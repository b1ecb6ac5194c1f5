import { type PluginClient, pluginCommands } from './plugin.ts'
import type { ClientId } from './clients.ts'

/** What a recipe puts into the commands and files of a client. */
export interface RecipeValues {
  mcpUrl: string
  /** The endpoint for keys, for clients that try to sign in although they have a key. */
  keyUrl: string
  /** An API key; absent before there is one. */
  key?: string | undefined
}

const SERVER_NAME = 'kagura'
const PLUGIN_NOTE = 'The plugin, with a skill and a briefing:'
const KEY_PLACEHOLDER = 'kagura_YOUR_KEY'

/** The command or the part of a settings file that connects the client. */
export function clientSnippet(
  client: ClientId,
  { mcpUrl, keyUrl, key = KEY_PLACEHOLDER }: RecipeValues
): string | undefined {
  const bearer = `Authorization: Bearer ${key}`
  const headers = { Authorization: `Bearer ${key}` }
  const makeSnippet: Partial<Record<ClientId, () => string>> = {
    'claude-code': () =>
      `claude mcp add --scope user --transport http ${SERVER_NAME} ${mcpUrl} --header "${bearer}"`,
    codex: () =>
      `export KAGURA_KEY=${key}\n` +
      `codex mcp add ${SERVER_NAME} --url ${keyUrl} --bearer-token-env-var KAGURA_KEY`,
    'gemini-cli': () =>
      `gemini mcp add --scope user --transport http ${SERVER_NAME} ${keyUrl} --header "${bearer}"`,
    windsurf: () => settings({ mcpServers: { [SERVER_NAME]: { serverUrl: keyUrl, headers } } }),
    zed: () => settings({ context_servers: { [SERVER_NAME]: { url: keyUrl, headers } } }),
    'lm-studio': () => settings({ mcpServers: { [SERVER_NAME]: { url: keyUrl, headers } } }),
    scripts: () =>
      `curl -H "${bearer}" -H 'Content-Type: application/json' \\\n` +
      `  -d '{"key": "favorite_color", "value": "My favorite color is blue."}' \\\n` +
      `  ${new URL(mcpUrl).origin}/api/v1/tools/memory_store`
  }
  return makeSnippet[client]?.()
}

/** The address that opens the client with the settings filled in, or its page of settings. */
export function clientLink(client: ClientId, { mcpUrl }: RecipeValues): string | undefined {
  const server = { name: SERVER_NAME, type: 'http', url: mcpUrl }
  const makeLink: Partial<Record<ClientId, () => string>> = {
    claude: () => 'https://claude.ai/settings/connectors',
    vscode: () => `vscode:mcp/install?${encodeURIComponent(JSON.stringify(server))}`,
    cursor: () => {
      const config = Buffer.from(JSON.stringify({ url: mcpUrl })).toString('base64')
      const query = new URLSearchParams({ name: SERVER_NAME, config })
      return `cursor://anysphere.cursor-deeplink/mcp/install?${query.toString()}`
    },
    goose: () => {
      const query = new URLSearchParams({
        url: mcpUrl,
        transport: 'streamable_http',
        id: SERVER_NAME,
        name: 'Kagura Memory',
        description: 'One memory for all assistants'
      })
      return `goose://extension?${query.toString().replaceAll('+', '%20')}`
    }
  }
  return makeLink[client]?.()
}

/** Another way to connect, for those who cannot use the first. */
export function otherSnippet(client: ClientId, { mcpUrl }: RecipeValues): string | undefined {
  const server = { name: SERVER_NAME, type: 'http', url: mcpUrl }
  const plugin = (id: PluginClient) =>
    `# ${PLUGIN_NOTE}\n${pluginCommands(id, new URL(mcpUrl).origin)}`
  const makeSnippet: Partial<Record<ClientId, () => string>> = {
    'claude-code': () =>
      `claude mcp add --scope user --transport http ${SERVER_NAME} ${mcpUrl}\n\n` +
      plugin('claude-code'),
    codex: () => plugin('codex'),
    'gemini-cli': () => plugin('gemini-cli'),
    vscode: () => `code --add-mcp '${JSON.stringify(server)}'`,
    cursor: () =>
      `${settings({ mcpServers: { [SERVER_NAME]: { url: mcpUrl } } })}\n\n${plugin('cursor')}`
  }
  return makeSnippet[client]?.()
}

function settings(content: object): string {
  return JSON.stringify(content, null, 2)
}
