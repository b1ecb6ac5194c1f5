import { isIP } from 'node:net'

/**
 * Whether a client_id is the URL of a Client ID Metadata Document
 * (draft-ietf-oauth-client-id-metadata-document §3): https, with a path, and spelled in the one way
 * that a URL parser would write it, so that no two texts mean one client. Without user information,
 * fragment, dot segments, port, or an address in place of a name.
 */
export function isMetadataDocumentUrl(clientId: string): boolean {
  if (!/^https:\/\//.test(clientId) || clientId.length > 2000 || !URL.canParse(clientId)) {
    return false
  }
  const { href, hostname, pathname, port, username, password, hash } = new URL(clientId)
  if (
    href !== clientId ||
    pathname === '/' ||
    port ||
    username ||
    password ||
    hash ||
    clientId.includes('#')
  ) {
    return false
  }
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(pathname)) return false
  return (
    isIP(hostname.replace(/^\[|\]$/g, '')) === 0 &&
    hostname.includes('.') &&
    !hostname.endsWith('.')
  )
}
