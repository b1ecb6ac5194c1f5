/** All paths of the MCP endpoint. They are one resource. */
export const mcpPaths = ['/api/v1/mcp/sse', '/mcp/sse', '/mcp', '/api/v1/mcp']

/**
 * Whether a resource indicator (RFC 8707) means this service. Clients differ, so it ignores case of
 * scheme and host, a default port, a trailing slash and a query, and accepts the origin alone. On
 * loopback, localhost and 127.0.0.1 are the same.
 */
export function isThisResource(resource: string, publicUrl: string): boolean {
  if (!URL.canParse(resource)) return false
  const resourceUrl = new URL(resource)
  const serviceUrl = new URL(publicUrl)
  if (resourceUrl.hash || resourceUrl.username || resourceUrl.password || resource.includes('#')) {
    return false
  }
  const resourcePath = resourceUrl.pathname.replace(/\/$/, '')
  return (
    resourceUrl.protocol === serviceUrl.protocol &&
    resourceUrl.port === serviceUrl.port &&
    isSameHost(resourceUrl.hostname, serviceUrl.hostname) &&
    ['', ...mcpPaths].includes(resourcePath)
  )
}

function isSameHost(resourceHost: string, serviceHost: string): boolean {
  return resourceHost === serviceHost || (isLoopback(resourceHost) && isLoopback(serviceHost))
}

/** Whether the host is localhost, 127.0.0.0/8 in dotted form, or [::1] (RFC 8252 §7.3). */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
