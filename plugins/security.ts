import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isLoopback, mcpPaths } from './auth/index.ts'
import { settingItems, trustedProxies } from './config/index.ts'
import { securityHeaders } from './error-handler/dialects.ts'
import { RpcError } from '../lib/errors.ts'
import { publicUrlNote } from '../lib/public-url.ts'

const anyHostPaths = ['/health', '/ready']
/** Programs in browsers call these with bearer tokens, never with cookies. */
const crossOriginPaths = [
  ...mcpPaths,
  '/api/v1/mcp/',
  '/api/v1/tools',
  '/api/v1/briefing',
  '/openapi.json',
  '/.well-known/',
  ...['token', 'register', 'revoke', 'par', 'device_authorization'].flatMap((name) => [
    `/api/v1/oauth/${name}`,
    `/${name}`
  ])
]
/** Assistants that call MCP from the browser. */
const knownOrigins = [
  'https://claude.ai',
  'https://claude.com',
  'https://chatgpt.com',
  'https://chat.openai.com'
]

const sameOriginCors = { origin: false }
const crossOriginCors = {
  origin: true,
  methods: ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'],
  allowedHeaders: [
    'Authorization',
    'Content-Type',
    'Accept',
    'Mcp-Session-Id',
    'MCP-Protocol-Version',
    'Last-Event-ID',
    'Mcp-Method',
    'Mcp-Name',
    'x-api-key',
    'DPoP'
  ],
  exposedHeaders: [
    'Mcp-Session-Id',
    'WWW-Authenticate',
    'DPoP-Nonce',
    'MCP-Protocol-Version',
    'Retry-After',
    'X-Request-Id'
  ],
  strictPreflight: false,
  maxAge: 600
}

const MAX_KNOWN_HOSTS = 100
/** A name or an address, optionally with a port (RFC 9110 §7.2): no path, user or backslash. */
const hostPattern = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i
/** A name without a dot, as containers have; public DNS never resolves such a name. */
const localHostPattern = /^[a-z0-9_-]+(:\d{1,5})?$/i

/** The service does not answer to this Host. */
class UnknownHostError extends Error {
  override name = 'UnknownHostError'
  readonly statusCode = 421
  constructor() {
    super(
      'This service does not answer to that Host name; ' +
        'the operator can add it to ALLOWED_HOSTS.'
    )
  }
}

/** Checks the host and the origin of each request, and sets the headers of each answer. */
export default fp(
  async (app) => {
    const isAllowedHost = hostCheck(app)
    const isAllowedOrigin = originCheck(app)

    // Against DNS rebinding: a foreign page can point its name at this server, but cannot choose
    // the Host header.
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ ...securityHeaders(app), 'x-request-id': request.id })
      if (anyHostPaths.includes(pathOf(request)) || areAllowedHosts(request, isAllowedHost)) return
      await request.auditRefusal({ reason: 'unknown_host', details: { host: request.host } })
      throw new UnknownHostError()
    })
    app.addHook('onRequest', async (request) => {
      const { origin } = request.headers
      if (origin !== undefined && isToolAddress(request) && !isAllowedOrigin(origin)) {
        await request.auditRefusal({ reason: 'foreign_origin', details: { origin } })
        throw new RpcError(
          403,
          -32000,
          'This origin may not use the tools; the operator can add it to ALLOWED_ORIGINS.'
        )
      }
    })
    await app.register(cors, {
      hook: 'onRequest',
      delegator: (request, done) => {
        const isCrossOrigin = crossOriginPaths.some((path) => request.url.startsWith(path))
        done(null, isCrossOrigin ? crossOriginCors : sameOriginCors)
      }
    })
    warnOfProxySettings(app)
  },
  { name: 'security', dependencies: ['config', 'audit', 'public-url'] }
)

/** Returns a check of one host: loopback, PUBLIC_URL, or ALLOWED_HOSTS. */
function hostCheck(app: FastifyInstance): (host: string | undefined) => boolean {
  const allowedHosts = lowerCaseItems(app.config.ALLOWED_HOSTS)
  /** Hosts that passed, since every request runs the check. */
  const knownHosts = new Set<string>()
  return (host) => {
    if (!host) return false
    if (knownHosts.has(host)) return true
    if (!hostPattern.test(host) || !URL.canParse(`http://${host}`)) return false
    const { hostname } = new URL(`http://${host}`)
    const isAllowed =
      isLoopback(hostname) ||
      hostname === new URL(app.publicUrl).hostname ||
      allowedHosts.includes(hostname) ||
      allowedHosts.includes(host.toLowerCase())
    if (isAllowed && knownHosts.size < MAX_KNOWN_HOSTS) knownHosts.add(host)
    return isAllowed
  }
}

/**
 * Whether the request has one Host header and an allowed host. A trusted proxy may name another
 * host (X-Forwarded-Host), which a foreign page can forge; so the Host itself must be allowed too,
 * or be a local name.
 */
function areAllowedHosts(
  { host, raw }: FastifyRequest,
  isAllowedHost: (host: string | undefined) => boolean
): boolean {
  const [hostHeader = '', ...extraHeaders] = raw.headersDistinct['host'] ?? []
  if (extraHeaders.length > 0 || !isAllowedHost(host)) return false
  return hostHeader === host || isAllowedHost(hostHeader) || localHostPattern.test(hostHeader)
}

/** Returns a check of one origin: known assistants, PUBLIC_URL, loopback, or ALLOWED_ORIGINS. */
function originCheck(app: FastifyInstance): (origin: string) => boolean {
  const allowedOrigins = [...knownOrigins, ...lowerCaseItems(app.config.ALLOWED_ORIGINS)]
  return (origin) =>
    allowedOrigins.includes('*') ||
    allowedOrigins.includes(origin) ||
    origin === new URL(app.publicUrl).origin ||
    (URL.canParse(origin) && isLoopback(new URL(origin).hostname))
}

/** Warns of an unusual PUBLIC_URL at start, and once of a proxy that the settings do not trust. */
function warnOfProxySettings(app: FastifyInstance): void {
  const { PUBLIC_URL: publicUrl } = app.config
  const urlNote = publicUrl && publicUrlNote(publicUrl)
  if (urlNote) app.log.warn(`${urlNote.why} ${urlNote.fix}`)
  if (!publicUrl?.startsWith('https:')) return
  if (trustedProxies(app.config) === false) {
    app.log.warn(
      'PUBLIC_URL is https and TRUST_PROXY is not set. Behind a proxy everybody counts as one ' +
        "address, so strangers can slow down everybody's sign-in. Set TRUST_PROXY to the " +
        'address of the proxy: 127.0.0.1 when it runs on this machine.'
    )
  }
  let isWarned = false
  app.addHook('onRequest', async (request) => {
    const forwardedFor = request.headers['x-forwarded-for']
    if (isWarned || forwardedFor === undefined || isForwarded(request)) return
    isWarned = true
    const peer = request.socket.remoteAddress
    app.log.warn(
      { peer },
      `A proxy at ${peer} sent X-Forwarded-For, which is not believed: everybody behind it ` +
        `counts as one address. Set TRUST_PROXY=${withoutIpv6Prefix(peer)} if this proxy is yours.`
    )
  })
}

/** Browsers send hosts and origins in lower case. */
function lowerCaseItems(setting: string | undefined): string[] {
  return settingItems(setting?.toLowerCase())
}

/** Whether a trusted proxy reported the client's address. */
function isForwarded({ ips }: FastifyRequest): boolean {
  return (ips?.length ?? 1) > 1
}

/** An IPv4 address as operators write it, without the prefix that an IPv6 socket adds. */
function withoutIpv6Prefix(address = '127.0.0.1'): string {
  return address.replace(/^::ffff:/, '')
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0]!.replace(/(.)\/$/, '$1')
}

/**
 * Whether the request goes to MCP or to the tools over REST. The route decides, because a URL has
 * many spellings; the path decides for what has no route, such as a preflight.
 */
function isToolAddress(request: FastifyRequest): boolean {
  return [pathOf(request), request.routeOptions.url ?? ''].some(
    (path) =>
      mcpPaths.includes(path) ||
      path.startsWith('/api/v1/mcp/') ||
      /^\/api\/v1\/(tools|briefing|capture)(\/|$)/.test(path)
  )
}
