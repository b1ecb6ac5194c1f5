import type { FastifyInstance } from 'fastify'
import { isLoopback } from '../../../lib/mcp-resource.ts'

/**
 * Schemes that a browser runs or reads itself (RFC 9700 §4.11), or that open a program of the
 * operating system which acts on what follows: never, whoever registers them.
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
/** Families of them: Windows alone has dozens of the first. */
const dangerousFamilies = /^(ms-|x-apple|chrome|moz|x-help)/

/**
 * Apps whose scheme has no dot. A client that registers itself may have these, and every scheme
 * with a dot: a name turned around that its maker owns (RFC 8252 §7.1).
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
 * ChatGPT makes a callback for each connector; a client opts in by having this very text among its
 * redirect URIs.
 */
const CHATGPT_PATTERN = 'https://chatgpt.com/connector/oauth/*'

const loopbackUri =
  /^http:\/\/(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::([1-9]\d{0,4}))?((?:[/?][^#]*)?)$/

/**
 * Why a redirect URI must not be registered or used, or undefined when it may. RFC 6749 §3.1.2, RFC
 * 8252 §7.
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

/** Whether the address opens an app that could be anything: for a client that registers itself. */
export function isUnknownAppScheme(uri: string): boolean {
  const scheme = new URL(uri).protocol.slice(0, -1)
  return !['https', 'http', ...knownAppSchemes].includes(scheme) && !scheme.includes('.')
}

/**
 * Whether a URI is one of the registered ones: the same string, byte for byte. Only an http
 * loopback URI may have another port (RFC 8252 §7.3) and may leave out the slash of an empty path,
 * never another host; and ChatGPT's pattern stands for one last path segment.
 */
export function isRegisteredRedirectUri(registered: readonly string[], uri: string): boolean {
  if (redirectUriFault(uri) !== undefined || uri === CHATGPT_PATTERN) return false
  return (
    registered.includes(uri) ||
    registered.some((known) => sameLoopback(known, uri)) ||
    (registered.includes(CHATGPT_PATTERN) &&
      /^https:\/\/chatgpt\.com\/connector\/oauth\/[\w-]+$/.test(uri))
  )
}

/** Whether a pattern, and no address in full, lets this redirect URI in. */
export function isMatchOfPattern(registered: readonly string[], uri: string): boolean {
  return !registered.includes(uri) && !registered.some((known) => sameLoopback(known, uri))
}

function sameLoopback(registered: string, uri: string): boolean {
  const [known, given] = [loopbackUri.exec(registered), loopbackUri.exec(uri)]
  return (
    known !== null &&
    given !== null &&
    known[1] === given[1] &&
    fromRoot(known[3]) === fromRoot(given[3]) &&
    Number(given[2] ?? 80) <= 65535
  )
}

/**
 * Whether two redirect URIs are one: the same string, or of http loopback with and without the
 * slash of an empty path (RFC 3986 §6.2.3).
 */
export function isSameRedirectUri(first: string, second: string): boolean {
  return first === second || (loopbackUri.test(first) && withRoot(first) === withRoot(second))
}

function withRoot(uri: string): string {
  const [, host, port = '', path] = loopbackUri.exec(uri) ?? []
  return host === undefined ? uri : `http://${host}:${port}${fromRoot(path)}`
}

function fromRoot(path = ''): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** What a person is told of where the answer goes. */
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
 * The redirect URI with the answer added to its query, and `iss` (RFC 9207) unless that is switched
 * off. The registered part keeps its bytes.
 */
export function answerUrl(
  { config, publicUrl }: FastifyInstance,
  redirectUri: string,
  answer: Record<string, string | undefined>
): string {
  const whole = { ...answer, iss: config.AUTHORIZATION_RESPONSE_ISS ? publicUrl : undefined }
  const added = new URLSearchParams(
    Object.entries(whole).filter((entry): entry is [string, string] => entry[1] !== undefined)
  )
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${added.toString()}`
}
