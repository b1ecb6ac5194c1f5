/**
 * The name of the marketplace, with the host: two of one name replace each other. It differs from
 * the plugin's name, because Claude Code cannot install a plugin of its marketplace's name.
 */
export function marketplaceName(publicUrl: string): string {
  return `kagura-at-${new URL(publicUrl).host.replace(/[^a-z\d]+/gi, '-').toLowerCase()}`
}

/** The commands that install the plugin of this server in Claude Code, which wants https. */
export function pluginCommands(publicUrl: string): string {
  return (
    `claude plugin marketplace add ${publicUrl}/plugins/marketplace.json\n` +
    `claude plugin install kagura-memory@${marketplaceName(publicUrl)} --config KAGURA_KEY=...`
  )
}
