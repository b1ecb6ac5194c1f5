import cors from '@fastify/cors'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isLoopback, mcpPaths } from './auth/index.ts'
import { listOf } from './config.ts'
import { RpcError } from './errors.ts'
import { publicUrlNote } from './public-url.ts'

const anyHostPaths = ['/health', '/ready']
/** Read by programs in browsers, with bearer tokens and never with cookies. */
const crossOriginPaths = [...mcpPaths, '/api/v1/mcp/', '/api/v1/tools', '/openapi.json', '/.well-known/', ...['token', 'register', 'revoke', 'par', 'device_authorization'].flatMap((name) => [`/api/v1/oauth/${name}`, `/${name}`])]
const knownOrigins = ['https://claude.ai', 'https://claude.com', 'https://chatgpt.com', 'https://chat.openai.com']

const sameOrigin = { origin: false }
const crossOrigin = {
  origin: true,
  methods: ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'],
  allowedHeaders: ['Authorization', 'Content-Type', 'Accept', 'Mcp-Session-Id', 'MCP-Protocol-Version', 'Last-Event-ID', 'Mcp-Method', 'Mcp-Name', 'x-api-key', 'DPoP'],
  exposedHeaders: ['Mcp-Session-Id', 'WWW-Authenticate', 'DPoP-Nonce', 'MCP-Protocol-Version', 'Retry-After', 'X-Request-Id'],
  strictPreflight: false,
  maxAge: 600
}

const MOST_HOSTS = 100
/** Browsers write hosts and origins so. */
const lowerCased = (list: string | undefined) => listOf(list?.toLowerCase())

/** Which hosts we answer to, which origins may read answers, and what every answer carries. */
export default fp(async (app) => {
  const allowedHosts = lowerCased(app.config.ALLOWED_HOSTS)
  const allowedOrigins = [...knownOrigins, ...lowerCased(app.config.ALLOWED_ORIGINS)]
  const { PUBLIC_URL: publicUrl } = app.config
  const note = publicUrl && publicUrlNote(publicUrl)
  if (note) app.log.warn(`${note.why} ${note.fix}`)

  /** Found good before: every request asks. */
  const knownHosts = new Set<string>()

  // Against DNS rebinding: a page elsewhere can point its own name at us, but cannot choose what Host it sends.
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('x-request-id', request.id)
    if (anyHostPaths.includes(pathOf(request)) || isAllowedHost(request.host)) return
    await request.auditRefusal({ reason: 'unknown_host', details: { host: request.host } })
    throw Object.assign(new Error('This service does not answer to that Host name; the operator can add it to ALLOWED_HOSTS.'), { statusCode: 421 })
  })
  app.addHook('onRequest', async (request) => {
    const { origin } = request.headers
    if (origin !== undefined && isToolAddress(request) && !isAllowedOrigin(origin)) {
      await request.auditRefusal({ reason: 'foreign_origin', details: { origin } })
      throw new RpcError(403, -32000, 'This origin may not use the tools; the operator can add it to ALLOWED_ORIGINS.')
    }
  })
  await app.register(cors, {
    hook: 'onRequest',
    delegator: (request, done) => done(null, crossOriginPaths.some((path) => request.url.startsWith(path)) ? crossOrigin : sameOrigin)
  })

  function isAllowedHost (host: string | undefined): boolean {
    if (!host) return false
    if (knownHosts.has(host)) return true
    if (!URL.canParse(`http://${host}`)) return false
    const { hostname } = new URL(`http://${host}`)
    const allowed = isLoopback(hostname) || hostname === new URL(app.publicUrl).hostname || allowedHosts.includes(hostname) || allowedHosts.includes(host.toLowerCase())
    if (allowed && knownHosts.size < MOST_HOSTS) knownHosts.add(host)
    return allowed
  }

  function isAllowedOrigin (origin: string): boolean {
    if (allowedOrigins.includes('*') || allowedOrigins.includes(origin) || origin === new URL(app.publicUrl).origin) return true
    return URL.canParse(origin) && isLoopback(new URL(origin).hostname)
  }
}, { name: 'security', dependencies: ['config', 'audit'] })

function pathOf ({ url }: FastifyRequest): string {
  return url.split('?')[0]!.replace(/(.)\/$/, '$1')
}

/** The MCP endpoint, and the same tools as plain REST: by the route, for an address has many spellings, and by the address of what has none, as a preflight. */
function isToolAddress (request: FastifyRequest): boolean {
  return [pathOf(request), request.routeOptions.url ?? ''].some((path) => mcpPaths.includes(path) || path.startsWith('/api/v1/mcp/') || /^\/api\/v1\/tools(\/|$)/.test(path))
}
