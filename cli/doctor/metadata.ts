import { isLoopback, mcpPaths } from '../../lib/mcp-resource.ts'
import { type Answer, type Check, failed, passed, type Visit } from './visit.ts'

const proxy = 'Let the proxy pass everything under /.well-known on to this service, unchanged.'

/** What clients read before they sign in (RFC 8414, RFC 9728). */
export async function checkMetadata(visit: Visit): Promise<Check[]> {
  const server = await visit.get('/.well-known/oauth-authorization-server')
  const openid = await visit.get('/.well-known/openid-configuration')
  const slashed = await visit.get('/.well-known/oauth-authorization-server/')
  return [
    ...checkServerMetadata(visit.url, server),
    ...(await Promise.all(
      ['', ...mcpPaths].map(async (path) => checkResourceMetadata(visit, path))
    )),
    openid.status === 404
      ? passed('openid-configuration', 'It is 404, as it should be: this is no OpenID provider.')
      : failed(
          'openid-configuration',
          `It answers ${openid.status}, and clients would take it for the metadata.`,
          'Let the proxy serve nothing of its own there.'
        ),
    slashed.status === server.status
      ? passed('trailing slash', 'It makes no difference.')
      : failed(
          'trailing slash',
          `With one the metadata answers ${slashed.status}${to(slashed)}.`,
          'Turn redirects between spellings off in the proxy.'
        )
  ]
}

function to({ headers }: Answer): string {
  const location = headers.get('location')
  return location === null ? '' : ` and redirects to ${location}`
}

function checkServerMetadata(url: string, { status, json, headers, problem }: Answer): Check[] {
  if (status !== 200 || !json) {
    return [
      failed(
        'authorization server metadata',
        `It answers ${problem ?? status}${to({ status, json, headers })}.`,
        proxy
      )
    ]
  }
  const endpoints = Object.entries(json)
    .filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    .map(([name, value]) => [name, String(value)] as const)
  const unsafe = endpoints.filter(
    ([, value]) =>
      !URL.canParse(value) ||
      !(new URL(value).protocol === 'https:' || isLoopback(new URL(value).hostname))
  )
  const methods = json['code_challenge_methods_supported']
  return [
    json['issuer'] === url
      ? passed('issuer', `It is ${url}.`)
      : failed(
          'issuer',
          `It is ${String(json['issuer'])}, but you came by ${url}; clients refuse that.`,
          `Start the server with PUBLIC_URL=${url}, or use the address that it is set to.`
        ),
    unsafe.length === 0
      ? passed('endpoints', 'All are https, or on this computer.')
      : failed(
          'endpoints',
          `Not https: ${unsafe.map(([name]) => name).join(', ')}; clients elsewhere refuse that.`,
          'Put a proxy that ends TLS in front, and set PUBLIC_URL to its https address.'
        ),
    Array.isArray(methods) && methods.includes('S256')
      ? passed('PKCE', 'S256 is offered.')
      : failed('PKCE', 'S256 is not offered, and MCP clients then refuse to sign in.', proxy)
  ]
}

async function checkResourceMetadata(visit: Visit, path: string): Promise<Check> {
  const check = `protected resource metadata${path && ` of ${path}`}`
  const { status, json, problem } = await visit.get(`/.well-known/oauth-protected-resource${path}`)
  const resource = visit.url + (path || mcpPaths[0]!)
  const servers = json?.['authorization_servers']
  if (status !== 200 || !json) return failed(check, `It answers ${problem ?? status}.`, proxy)
  if (json['resource'] !== resource) {
    return failed(
      check,
      `It names the resource ${String(json['resource'])} and not ${resource}.`,
      `Start the server with PUBLIC_URL=${visit.url}.`
    )
  }
  if (!Array.isArray(servers) || !servers.includes(visit.url)) {
    return failed(
      check,
      'It names another authorization server.',
      `Start the server with PUBLIC_URL=${visit.url}.`
    )
  }
  return passed(check, `It names ${resource}.`)
}
