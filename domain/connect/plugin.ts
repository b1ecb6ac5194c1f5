import { reachOf } from '../../lib/public-url.ts'
import { version } from '../../lib/version.ts'

/** The clients that take the plugin of a server, and an API key with it or from KAGURA_KEY. */
export type PluginClient = 'claude-code' | 'codex' | 'cursor' | 'gemini-cli'

/**
 * The name of the marketplace, with the host: two of one name replace each other. It differs from
 * the plugin's name, because Claude Code cannot install a plugin of its marketplace's name.
 */
export function marketplaceName(publicUrl: string): string {
  return `kagura-at-${new URL(publicUrl).host.replace(/[^a-z\d]+/gi, '-').toLowerCase()}`
}

/**
 * The commands that install the plugin of this server. They were run with Claude Code 2.1.332,
 * Codex 0.171.0 and Gemini CLI 0.61.0 (test/prove, 2026-12-01). The folder of Cursor is that of
 * its own plugins (github.com/cursor/plugins, create-plugin, 2026-12-01).
 */
export function pluginCommands(client: PluginClient, publicUrl: string): string {
  const plugin = `kagura-memory@${marketplaceName(publicUrl)}`
  const unpack = (archiveName: string, folder: string) => {
    const archive = `${archiveName}-${version}.zip`
    return [`curl -fsSO ${publicUrl}/plugins/${archive}`, `unzip -oq ${archive} -d ${folder}`]
  }
  const commands: Record<PluginClient, () => string[]> = {
    'claude-code': () => [
      ...(takesMarketplace(publicUrl)
        ? [`claude plugin marketplace add ${publicUrl}/plugins/marketplace.json`]
        : [
            ...unpack('kagura-memory', 'kagura-plugin'),
            'claude plugin marketplace add ./kagura-plugin'
          ]),
      `claude plugin install ${plugin} --config KAGURA_KEY=...`
    ],
    codex: () => [
      ...unpack('kagura-memory-codex', 'kagura-codex'),
      'codex plugin marketplace add ./kagura-codex',
      `codex plugin add ${plugin}`,
      'export KAGURA_KEY=...'
    ],
    cursor: () => unpack('kagura-memory', '~/.cursor/plugins/local/kagura-memory'),
    'gemini-cli': () => [
      ...unpack('kagura-memory-gemini', 'kagura-gemini'),
      'gemini extensions install ./kagura-gemini'
    ]
  }
  return commands[client]().join('\n')
}

/** Claude Code takes an archive from a public https address only, so others give it a folder. */
function takesMarketplace(publicUrl: string): boolean {
  return ['internet', 'wrong_port'].includes(reachOf(publicUrl))
}
