import cors from '@fastify/cors'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isLoopback, mcpPaths } from './auth/index.ts'
import { settingItems, trustedProxies } from './config/index.ts'
import { securityHeaders } from './error-handler/dialects.ts'
import { RpcError } from '../lib/errors.ts'
import { publicUrlNote } from '../lib/public-url.ts'

const anyHostPaths = ['/health', '/ready']
/** Read by programs in browsers, with bearer tokens and never with cookies. */
const crossOriginPaths = [
  ...mcpPaths,
  '/api/v1/mcp/',
  '/api/v1/tools',
  '/openapi.json',
  '/.well-known/',
  ...['token', 'register', 'revoke', 'par', 'device_authorization'].flatMap((name) => [
    `/api/v1/oauth/${name}`,
    `/${name}`
  ])
]
const knownOrigins = [
  'https://claude.ai',
  'https://claude.com',
  'https://chatgpt.com',
  'https://chat.openai.com'
]

const sameOrigin = { origin: false }
const crossOrigin = {
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

const MAX_HOSTS = 100
/** A name or an address, and perhaps a port (RFC 9110 §7.2): no path, no user, no backslash. */
const hostForm = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i
const whoIsTrusted =
  'Behind a proxy everybody counts as one address, so strangers can slow down ' +
  "everybody's sign-in. Set TRUST_PROXY to the address of the proxy: 127.0.0.1 when it runs on this machine."
/** Browsers write hosts and origins so. */
const lowerCased = (list: string | undefined) => settingItems(list?.toLowerCase())

/** Which hosts we answer to, which origins may read answers, and what every answer carries. */
export default fp(
  async (app) => {
    const allowedHosts = lowerCased(app.config.ALLOWED_HOSTS)
    const allowedOrigins = [...knownOrigins, ...lowerCased(app.config.ALLOWED_ORIGINS)]
    const { PUBLIC_URL: publicUrl } = app.config
    const note = publicUrl && publicUrlNote(publicUrl)
    if (note) app.log.warn(`${note.why} ${note.fix}`)
    const https = publicUrl?.startsWith('https:') ?? false
    const trustsNobody = trustedProxies(app.config) === false
    if (https && trustsNobody) {
      app.log.warn(`PUBLIC_URL is https and TRUST_PROXY is not set. ${whoIsTrusted}`)
    }

    /** Found good before: every request asks. */
    const knownHosts = new Set<string>()

    // Against DNS rebinding: a page elsewhere can point its own name at us, but cannot choose what
    // Host it sends.
    app.addHook('onRequest', async (request, reply) => {
      reply.headers({ ...securityHeaders(app), 'x-request-id': request.id })
      if (anyHostPaths.includes(pathOf(request)) || areAllowedHosts(request)) return
      await request.auditRefusal({ reason: 'unknown_host', details: { host: request.host } })
      throw Object.assign(
        new Error(
          'This service does not answer to that Host name; the operator can add it to ALLOWED_HOSTS.'
        ),
        { statusCode: 421 }
      )
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
      delegator: (request, done) =>
        done(
          null,
          crossOriginPaths.some((path) => request.url.startsWith(path)) ? crossOrigin : sameOrigin
        )
    })

    let isWarned = false
    app.addHook('onRequest', async (request) => {
      const forwarded = request.headers['x-forwarded-for']
      if (isWarned || !https || forwarded === undefined || isForwarded(request)) return
      isWarned = true
      const peer = request.socket.remoteAddress
      app.log.warn(
        { peer },
        `A proxy at ${peer} sent X-Forwarded-For, which is not believed: everybody ` +
          `behind it counts as one address. Set TRUST_PROXY=${plainAddress(peer)} if this proxy is yours.`
      )
    })

    /**
     * One Host header, and it is ours. Where a trusted proxy names another (X-Forwarded-Host), both
     * are, for a page elsewhere can send that header but not choose its Host; only a name without a
     * dot may differ, as containers have: the public DNS gives nobody such a name.
     */
    function areAllowedHosts({ host, raw }: FastifyRequest): boolean {
      const [sent = '', ...more] = raw.headersDistinct['host'] ?? []
      if (more.length > 0 || !isAllowedHost(host)) return false
      return sent === host || isAllowedHost(sent) || /^[a-z0-9_-]+(:\d{1,5})?$/i.test(sent)
    }

    function isAllowedHost(host: string | undefined): boolean {
      if (!host) return false
      if (knownHosts.has(host)) return true
      if (!hostForm.test(host) || !URL.canParse(`http://${host}`)) return false
      const { hostname } = new URL(`http://${host}`)
      const allowed =
        isLoopback(hostname) ||
        hostname === new URL(app.publicUrl).hostname ||
        allowedHosts.includes(hostname) ||
        allowedHosts.includes(host.toLowerCase())
      if (allowed && knownHosts.size < MAX_HOSTS) knownHosts.add(host)
      return allowed
    }

    function isAllowedOrigin(origin: string): boolean {
      if (
        allowedOrigins.includes('*') ||
        allowedOrigins.includes(origin) ||
        origin === new URL(app.publicUrl).origin
      ) {
        return true
      }
      return URL.canParse(origin) && isLoopback(new URL(origin).hostname)
    }
  },
  { name: 'security', dependencies: ['config', 'audit'] }
)

/** Whether the address of the client comes from a proxy that is trusted to tell it. */
function isForwarded({ ips }: FastifyRequest): boolean {
  return (ips?.length ?? 1) > 1
}

/** As operators write it: IPv4 without the prefix that it has on a socket of IPv6. */
function plainAddress(address = '127.0.0.1'): string {
  return address.replace(/^::ffff:/, '')
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0]!.replace(/(.)\/$/, '$1')
}

/**
 * The MCP endpoint, and the same tools as plain REST: by the route, for an address has many
 * spellings, and by the address of what has none, as a preflight.
 */
function isToolAddress(request: FastifyRequest): boolean {
  return [pathOf(request), request.routeOptions.url ?? ''].some(
    (path) =>
      mcpPaths.includes(path) ||
      path.startsWith('/api/v1/mcp/') ||
      /^\/api\/v1\/tools(\/|$)/.test(path)
  )
}
