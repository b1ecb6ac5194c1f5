import type { FastifyInstance } from 'fastify'
import { isLoopback } from '../../../lib/mcp-resource.ts'

/**
 * Schemes that a browser runs or reads itself (RFC 9700 §4.11), or that make a program of the
 * operating system act on what follows. No client may register them, not even through an operator.
 */
const dangerousSchemes = [
  'javascript',
  'data',
  'vbscript',
  'file',
  'blob',
  'about',
  'view-source',
  'ws',
  'wss',
  'ftp',
  'filesystem',
  'mailto',
  'tel',
  'sms',
  'jar',
  'feed',
  'mhtml',
  'res',
  'chrome',
  'edge',
  'moz-extension',
  'chrome-extension',
  'resource',
  'intent',
  'android-app',
  'x-javascript',
  'livescript',
  'mocha',
  'wyciwyg',
  'ldap',
  'smb',
  'ssh',
  'telnet',
  'nfs',
  'afp',
  'vnc',
  'rdp',
  'search',
  'search-ms',
  'shell',
  'hcp'
]
/** Families of such schemes: Windows alone has dozens that begin with ms-. */
const dangerousFamilies = /^(ms-|x-apple|chrome|moz|x-help)/

/**
 * Apps whose scheme has no dot. A client that registers itself may use these, and every scheme with
 * a dot: a reversed domain name that its maker owns (RFC 8252 §7.1).
 */
const knownAppSchemes = [
  'cursor',
  'vscode',
  'vscode-insiders',
  'vscodium',
  'code-oss',
  'windsurf',
  'windsurf-next',
  'claude',
  'claude-code',
  'codex',
  'chatgpt',
  'kiro',
  'trae',
  'void',
  'zed',
  'warp',
  'warppreview',
  'raycast',
  'goose',
  'jetbrains',
  'lmstudio',
  'jan',
  'cherrystudio',
  'chatbox',
  'chatwise',
  'librechat',
  'opencode',
  'cline',
  'boltai',
  'msty',
  'perplexity',
  'notion',
  'obsidian',
  'mcp',
  'mcp-inspector'
]

/**
 * ChatGPT makes a callback for each connector. A client opts in by having exactly this text among
 * its redirect URIs.
 */
const CHATGPT_PATTERN = 'https://chatgpt.com/connector/oauth/*'

const loopbackUri = new RegExp(
  String.raw`^http:\/\/(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])` +
    String.raw`(?::([1-9]\d{0,4}))?((?:[/?][^#]*)?)$`
)

/**
 * Why a redirect URI must not be registered or used; undefined when it may be. RFC 6749 §3.1.2,
 * RFC 8252 §7.
 */
export function redirectUriFault(uri: string): string | undefined {
  if (uri === CHATGPT_PATTERN) return undefined
  if (/[\s\x00-\x20\x7f\\]/.test(uri) || uri.length > 2000) {
    return 'it has white space, a backslash or a control character, or is too long'
  }
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(uri) ?? []
  if (scheme === undefined || !URL.canParse(uri)) return 'it is not an absolute URI'
  if (isDangerous(scheme.toLowerCase())) return `the scheme ${scheme} is not allowed`
  if (uri.includes('#')) return 'it has a fragment'
  if (uri.includes('*')) return 'it has a wildcard'
  const { hostname, username, password, protocol } = new URL(uri)
  if (username || password) return 'it has user information'
  if (protocol === 'http:' && !(isLoopback(hostname) && loopbackUri.test(uri))) {
    return 'http is for loopback addresses only; use https'
  }
  return undefined
}

function isDangerous(scheme: string): boolean {
  return (
    dangerousSchemes.includes(scheme) || dangerousFamilies.test(scheme) || scheme.endsWith('script')
  )
}

/** Whether the address opens an app that could be anything, if a client registers it itself. */
export function isUnknownAppScheme(uri: string): boolean {
  const scheme = new URL(uri).protocol.slice(0, -1)
  return !['https', 'http', ...knownAppSchemes].includes(scheme) && !scheme.includes('.')
}

/**
 * Whether a URI is one of the registered ones: the same string, byte for byte. Only an http
 * loopback URI may have another port (RFC 8252 §7.3) or omit the slash of an empty path, never
 * another host. ChatGPT's pattern stands for one last path segment.
 */
export function isRegisteredRedirectUri(registeredUris: readonly string[], uri: string): boolean {
  if (redirectUriFault(uri) !== undefined || uri === CHATGPT_PATTERN) return false
  return (
    registeredUris.includes(uri) ||
    registeredUris.some((registeredUri) => isSameLoopback(registeredUri, uri)) ||
    (registeredUris.includes(CHATGPT_PATTERN) &&
      /^https:\/\/chatgpt\.com\/connector\/oauth\/[\w-]+$/.test(uri))
  )
}

/** Whether only a pattern lets this redirect URI in, and no address that is registered in full. */
export function isMatchOfPattern(registeredUris: readonly string[], uri: string): boolean {
  return (
    !registeredUris.includes(uri) &&
    !registeredUris.some((registeredUri) => isSameLoopback(registeredUri, uri))
  )
}

/** Whether two http loopback URIs differ in no more than their port. */
function isSameLoopback(registeredUri: string, uri: string): boolean {
  const [registered, requested] = [loopbackUri.exec(registeredUri), loopbackUri.exec(uri)]
  return (
    registered !== null &&
    requested !== null &&
    registered[1] === requested[1] &&
    withRoot(registered[3]) === withRoot(requested[3])
  )
}

/**
 * Whether two redirect URIs are one: the same string, or http loopback with and without the slash
 * of an empty path (RFC 3986 §6.2.3).
 */
export function isSameRedirectUri(first: string, second: string): boolean {
  return (
    first === second ||
    (loopbackUri.test(first) && normalizedLoopback(first) === normalizedLoopback(second))
  )
}

function normalizedLoopback(uri: string): string {
  const [, host, port = '', path] = loopbackUri.exec(uri) ?? []
  return host === undefined ? uri : `http://${host}:${port}${withRoot(path)}`
}

function withRoot(path = ''): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** Where the answer goes, in the terms of the pages. */
export function redirectTarget(uri: string): {
  redirectHost: string
  redirectKind: 'web' | 'loopback' | 'app'
} {
  const { protocol, hostname, host } = new URL(uri)
  if (protocol === 'http:' && isLoopback(hostname)) {
    return { redirectHost: host, redirectKind: 'loopback' }
  }
  return protocol === 'https:'
    ? { redirectHost: host, redirectKind: 'web' }
    : { redirectHost: `${protocol}//${host}`, redirectKind: 'app' }
}

/**
 * The redirect URI with the response added to its query, and `iss` (RFC 9207) unless that is
 * switched off. The registered part keeps its bytes.
 */
export function responseUrl(
  { config, publicUrl }: FastifyInstance,
  redirectUri: string,
  response: Record<string, string | undefined>
): string {
  const issuer = config.AUTHORIZATION_RESPONSE_ISS ? publicUrl : undefined
  const parameters = Object.entries({ ...response, iss: issuer })
  const responseQuery = new URLSearchParams(
    parameters.filter((parameter): parameter is [string, string] => parameter[1] !== undefined)
  )
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${responseQuery.toString()}`
}
