import { isLoopback } from './mcp-resource.ts'

/** Something about a PUBLIC_URL that is allowed but keeps some clients out. */
export interface PublicUrlNote {
  why: string
  fix: string
}

/**
 * What an operator should know of the address that clients use; undefined when every client can
 * use it, or when only this machine can.
 */
export function publicUrlNote(publicUrl: string): PublicUrlNote | undefined {
  const { protocol, hostname, port } = new URL(publicUrl)
  if (isLoopback(hostname)) return undefined
  if (protocol === 'http:') {
    return {
      why: `PUBLIC_URL is ${publicUrl}: remote clients, such as ChatGPT and claude.ai, want an https address.`,
      fix: 'Put a proxy or a tunnel that speaks https in front, and set PUBLIC_URL to its address.'
    }
  }
  if (port === '') return undefined
  return {
    why: `PUBLIC_URL names port ${port}: claude.ai connects to port 443 only, and cannot reach it.`,
    fix:
      'Let a proxy or a tunnel answer on port 443, and set PUBLIC_URL to its address without a port. ' +
      'Clients on your own computer, such as Claude Code, can use any port.'
  }
}
