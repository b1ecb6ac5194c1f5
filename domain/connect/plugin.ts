import { reachOf } from '../../lib/public-url.ts'
import { version } from '../../lib/version.ts'

/**
 * The name of the marketplace, with the host: two of one name replace each other. It differs from
 * the plugin's name, because Claude Code cannot install a plugin of its marketplace's name.
 */
export function marketplaceName(publicUrl: string): string {
  return `kagura-at-${new URL(publicUrl).host.replace(/[^a-z\d]+/gi, '-').toLowerCase()}`
}

/**
 * The commands that install the plugin of this server in Claude Code. It takes an archive from a
 * public https address only, so a local server gives it a folder (Claude Code 2.1.332).
 */
export function pluginCommands(publicUrl: string): string {
  const plugin = `kagura-memory@${marketplaceName(publicUrl)}`
  const install = `claude plugin install ${plugin} --config KAGURA_KEY=...`
  if (['internet', 'wrong_port'].includes(reachOf(publicUrl))) {
    return `claude plugin marketplace add ${publicUrl}/plugins/marketplace.json\n${install}`
  }
  const archive = `kagura-memory-${version}.zip`
  return [
    `curl -fsSO ${publicUrl}/plugins/${archive}`,
    `unzip -oq ${archive} -d kagura-plugin`,
    'claude plugin marketplace add ./kagura-plugin',
    install
  ].join('\n')
}
