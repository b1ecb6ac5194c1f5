import { isLoopback } from './mcp-resource.ts'

/** A warning about a PUBLIC_URL that is valid but excludes some clients. */
export interface PublicUrlNote {
  why: string
  fix: string
}

/** A warning for the operator; undefined if every client, or only this machine, can connect. */
export function publicUrlNote(publicUrl: string): PublicUrlNote | undefined {
  const { protocol, hostname, port } = new URL(publicUrl)
  if (isLoopback(hostname)) return undefined
  if (protocol === 'http:') {
    return {
      why:
        `PUBLIC_URL is ${publicUrl}: remote clients, such as ChatGPT and claude.ai, need an ` +
        'https address.',
      fix: 'Put a proxy or a tunnel that speaks https in front, and set PUBLIC_URL to its address.'
    }
  }
  if (port === '') return undefined
  return {
    why: `PUBLIC_URL names port ${port}: claude.ai connects to port 443 only, and cannot reach it.`,
    fix:
      'Let a proxy or a tunnel answer on port 443, and set PUBLIC_URL to its address without a ' +
      'port. ' +
      'Clients on your own computer, such as Claude Code, can use any port.'
  }
}
