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

/** From where clients reach an address: everywhere, or only from inside a network or computer. */
export type Reach = 'internet' | 'wrong_port' | 'no_https' | 'network' | 'computer'

const privateNames = /(^|\.)(local|lan|internal|home\.arpa)$|^[^.]+$/i
const privateAddresses = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cde])/i

/** What an address says by itself about from where it is reached. Only a request proves it. */
export function reachOf(publicUrl: string): Reach {
  const { protocol, hostname, port } = new URL(publicUrl)
  if (isLoopback(hostname)) return 'computer'
  if (privateAddresses.test(hostname) || privateNames.test(hostname)) return 'network'
  if (protocol === 'http:') return 'no_https'
  return port === '' ? 'internet' : 'wrong_port'
}
