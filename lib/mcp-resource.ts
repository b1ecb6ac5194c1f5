/** The spellings of the MCP endpoint: one resource, whichever a client was given. */
export const mcpPaths = ['/api/v1/mcp/sse', '/mcp/sse', '/mcp', '/api/v1/mcp']

/**
 * Whether a resource indicator (RFC 8707) means this service. Tolerant where clients differ: case
 * of scheme and host, a default port, a trailing slash, a query, the origin alone; and localhost
 * for 127.0.0.1 where the service itself is on loopback.
 */
export function isThisResource(resource: string, publicUrl: string): boolean {
  if (!URL.canParse(resource)) return false
  const asked = new URL(resource)
  const own = new URL(publicUrl)
  if (asked.hash || asked.username || asked.password || resource.includes('#')) return false
  const path = asked.pathname.replace(/\/$/, '')
  return (
    asked.protocol === own.protocol &&
    asked.port === own.port &&
    sameHost(asked.hostname, own.hostname) &&
    ['', ...mcpPaths].includes(path)
  )
}

function sameHost(asked: string, own: string): boolean {
  return asked === own || (isLoopback(asked) && isLoopback(own))
}

/** Exactly localhost, 127.0.0.0/8 in dotted form, or [::1] (RFC 8252 §7.3). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
