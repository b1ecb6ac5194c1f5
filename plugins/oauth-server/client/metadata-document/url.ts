import { isIP } from 'node:net'

const MAX_CHARACTERS = 2000

/**
 * Whether a client_id is the URL of a Client ID Metadata Document
 * (draft-ietf-oauth-client-id-metadata-document §3): https, with a path, and spelled as a URL
 * parser writes it, so that no two texts name one client. User information, fragments, dot
 * segments, ports, and addresses in place of a host name are refused.
 */
export function isMetadataDocumentUrl(clientId: string): boolean {
  const isHttps = /^https:\/\//.test(clientId)
  if (!isHttps || clientId.length > MAX_CHARACTERS || !URL.canParse(clientId)) return false
  const { href, hostname, pathname, port, username, password } = new URL(clientId)
  if (href !== clientId || pathname === '/' || clientId.includes('#')) return false
  if (port || username || password) return false
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(pathname)) return false
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
  return !isAddress && hostname.includes('.') && !hostname.endsWith('.')
}
