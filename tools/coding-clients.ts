/**
 * How coding tools call themselves in `clientInfo.name`, as whole words in lower case. Names vary
 * with version and platform: `codex-mcp-client`, `cursor-vscode`, `Visual Studio Code - Insiders`,
 * `claude-code (via mcp-remote 0.1.37)`. Chat apps of the same makers are not among them.
 */
const codingClients: readonly string[] = [
  'amp',
  'antigravity',
  'augment',
  'claude code',
  'cline',
  'codex',
  'continue',
  'copilot cli',
  'crush',
  'cursor',
  'devin',
  'eclipse',
  'gemini cli',
  'github copilot',
  'goose',
  'intellij',
  'jetbrains',
  'junie',
  'kilo',
  'kilocode',
  'kiro',
  'neovim',
  'opencode',
  'qwen code',
  'roo',
  'roocode',
  'trae',
  'visual studio',
  'vscode',
  'warp',
  'windsurf',
  'xcode',
  'zed',
  'zencoder'
]

/** A longer name is not looked at. */
const MAX_NAME_LENGTH = 200

/** Whether the name that a client gives itself is that of a coding tool; false without a name. */
export function isCodingClient(clientName = ''): boolean {
  const nameWords = clientName
    .slice(0, MAX_NAME_LENGTH)
    .toLowerCase()
    .replace(/[^a-z\d]+/g, ' ')
  return codingClients.some((client) => ` ${nameWords} `.includes(` ${client} `))
}
