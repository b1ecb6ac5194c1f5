import { isLoopback, mcpPaths } from '../../lib/mcp-resource.ts'
import {
  type Check,
  describeRedirect,
  failedCheck,
  passedCheck,
  type ServerAnswer,
  type ServerVisit
} from './visit.ts'

const PROXY_FIX = 'Let the proxy forward everything under /.well-known to this service, unchanged.'

/** Checks the documents that clients read before they sign in (RFC 8414, RFC 9728). */
export async function checkMetadata(visit: ServerVisit): Promise<Check[]> {
  const serverMetadata = await visit.get('/.well-known/oauth-authorization-server')
  const openidMetadata = await visit.get('/.well-known/openid-configuration')
  const slashedMetadata = await visit.get('/.well-known/oauth-authorization-server/')
  return [
    ...checkServerMetadata(visit.url, serverMetadata),
    ...(await Promise.all(
      ['', ...mcpPaths].map(async (path) => checkResourceMetadata(visit, path))
    )),
    openidMetadata.status === 404
      ? passedCheck(
          'openid-configuration',
          'It answers 404, which is right: this is not an OpenID provider.'
        )
      : failedCheck(
          'openid-configuration',
          `It answers ${openidMetadata.status}, and clients would read it as the metadata.`,
          'Do not let the proxy serve a page of its own there.'
        ),
    slashedMetadata.status === serverMetadata.status
      ? passedCheck('trailing slash', 'It makes no difference.')
      : failedCheck(
          'trailing slash',
          'With a trailing slash the metadata answers ' +
            `${slashedMetadata.status}${describeRedirect(slashedMetadata)}.`,
          'Turn off redirects between the two spellings in the proxy.'
        )
  ]
}

function checkServerMetadata(url: string, answer: ServerAnswer): Check[] {
  const { status, json, problem } = answer
  if (status !== 200 || !json) {
    return [
      failedCheck(
        'authorization server metadata',
        `It answers ${problem ?? status}${describeRedirect(answer)}.`,
        PROXY_FIX
      )
    ]
  }
  const pkceMethods = json['code_challenge_methods_supported']
  return [
    json['issuer'] === url
      ? passedCheck('issuer', `It is ${url}.`)
      : failedCheck(
          'issuer',
          `It is ${String(json['issuer'])}, but the address is ${url}. Clients refuse this.`,
          `Start the server with PUBLIC_URL=${url}, or use the address in its PUBLIC_URL.`
        ),
    checkEndpoints(json),
    Array.isArray(pkceMethods) && pkceMethods.includes('S256')
      ? passedCheck('PKCE', 'The metadata offers S256.')
      : failedCheck(
          'PKCE',
          'The metadata does not offer S256, so MCP clients refuse to sign in.',
          PROXY_FIX
        )
  ]
}

function checkEndpoints(metadata: Record<string, unknown>): Check {
  const insecureNames = Object.entries(metadata)
    .filter(([name]) => /_endpoint$|^jwks_uri$/.test(name))
    .filter(([, value]) => !isSecureUrl(String(value)))
    .map(([name]) => name)
  return insecureNames.length === 0
    ? passedCheck('endpoints', 'All use https, or are on this computer.')
    : failedCheck(
        'endpoints',
        `These do not use https: ${insecureNames.join(', ')}. Clients elsewhere refuse them.`,
        'Put a proxy with TLS in front, and set PUBLIC_URL to its https address.'
      )
}

function isSecureUrl(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || isLoopback(hostname)
}

async function checkResourceMetadata(visit: ServerVisit, path: string): Promise<Check> {
  const checkName = `protected resource metadata${path && ` of ${path}`}`
  const { status, json, problem } = await visit.get(`/.well-known/oauth-protected-resource${path}`)
  const expectedResource = visit.url + (path || mcpPaths[0]!)
  const serverUrls = json?.['authorization_servers']
  const publicUrlFix = `Start the server with PUBLIC_URL=${visit.url}.`
  if (status !== 200 || !json) {
    return failedCheck(checkName, `It answers ${problem ?? status}.`, PROXY_FIX)
  }
  if (json['resource'] !== expectedResource) {
    return failedCheck(
      checkName,
      `It names the resource ${String(json['resource'])} instead of ${expectedResource}.`,
      publicUrlFix
    )
  }
  if (!Array.isArray(serverUrls) || !serverUrls.includes(visit.url)) {
    return failedCheck(checkName, 'It names another authorization server.', publicUrlFix)
  }
  return passedCheck(checkName, `It names ${expectedResource}.`)
}
