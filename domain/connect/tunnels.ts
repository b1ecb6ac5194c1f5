import { startCommand } from '../../lib/command-name.ts'

/** A way to give a server on this computer a public https address. */
export interface Tunnel {
  id: 'cloudflared' | 'tailscale' | 'caddy' | 'ngrok'
  name: string
  /** Commands: the tunnel, and the start of the server with its new address. */
  commands: string
}

/** The recipes for a server that listens on this port. */
export function listTunnels(port: number): Tunnel[] {
  const start = (address: string) => `PUBLIC_URL=${address} TRUST_PROXY=127.0.0.1 ${startCommand}`
  return [
    {
      id: 'cloudflared',
      name: 'Cloudflare Tunnel',
      commands:
        `cloudflared tunnel --url http://localhost:${port}\n` +
        start('https://YOUR-NAME.trycloudflare.com')
    },
    {
      id: 'tailscale',
      name: 'Tailscale Funnel',
      commands: `tailscale funnel --bg ${port}\n${start('https://YOUR-COMPUTER.YOUR-NET.ts.net')}`
    },
    {
      id: 'caddy',
      name: 'Caddy',
      commands:
        `caddy reverse-proxy --from memory.example.org --to localhost:${port}\n` +
        start('https://memory.example.org')
    },
    {
      id: 'ngrok',
      name: 'ngrok',
      commands: `ngrok http ${port}\n${start('https://YOUR-NAME.ngrok-free.app')}`
    }
  ]
}
