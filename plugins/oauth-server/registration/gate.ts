import { timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Trx } from '../../../db/connection/connect.ts'
import {
  countUnusedRegistrations,
  deleteCrowdingRegistration
} from '../../../db/oauth/unused-clients.ts'
import { secretDigest } from '../../../lib/secrets.ts'
import { isLoopback } from '../../../lib/mcp-resource.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { networkOf } from '../../../lib/network.ts'

/**
 * Limits on unused registrations of the last hour, against a flood. They are wide, because all
 * people of claude.ai come from a few addresses and each needs a registration or two. A client that
 * a person approved no longer counts.
 */
const MAX_UNUSED_PER_NETWORK = 200
const MAX_UNUSED = 2000

/**
 * Refuses a registration before its metadata is read. Throws OAuthError: 403 when registration is
 * closed, 401 without the initial access token (RFC 7591 §3).
 */
export function requireRegistrationAllowed(app: FastifyInstance, request: FastifyRequest): void {
  const { DYNAMIC_REGISTRATION: registrationMode, REGISTRATION_TOKEN: initialToken = '' } =
    app.config
  if (registrationMode === 'closed') {
    throw new OAuthError(
      'access_denied',
      'Clients cannot register themselves here. ' +
        'Ask an administrator of this server for a client_id.',
      { statusCode: 403, reason: 'registration_closed' }
    )
  }
  if (registrationMode === 'token' && !isSameText(bearerToken(request) ?? '', initialToken)) {
    throw invalidTokenError(
      'Registration here needs the initial access token of this service, as Authorization: Bearer.',
      'initial_access_token_wrong'
    )
  }
}

/**
 * The network that an unused registration counts for, so that no network closes registration for
 * another. All requests share the address of a proxy on this machine that TRUST_PROXY does not
 * name. Here, and only here, its x-forwarded-for counts anyway: a made-up network gains no more
 * than room in the limit on all, which never refuses.
 */
export function registeringNetwork({ ip, ips, headers }: FastifyRequest): string {
  const network = networkOf(ip)
  const forwardedFor = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)!.trim()
  const isUntrustedProxy = (ips?.length ?? 1) === 1 && isLoopback(network)
  return isUntrustedProxy && isIP(forwardedFor) > 0 ? networkOf(forwardedFor) : network
}

/**
 * Enforces the limits on unused registrations. Run it in the transaction that registers: requests
 * of a flood then wait for connections and count those before them, so the excess is at most the
 * number of connections. The limit on all networks never refuses; it deletes an unused registration
 * of the network that has the most. Throws OAuthError 429.
 */
export async function requireFewUnused(trx: Trx, network: string): Promise<void> {
  const unused = await countUnusedRegistrations(trx, network)
  if (unused.network >= MAX_UNUSED_PER_NETWORK) throw tooManyUnused(network, unused.network_seconds)
  if (unused.all >= MAX_UNUSED) await deleteCrowdingRegistration(trx)
}

function tooManyUnused(network: string, seconds: number): OAuthError {
  const proxyAdvice = isLoopback(network)
    ? ' If they came through a proxy, an administrator must name it in TRUST_PROXY.'
    : ''
  const description =
    'Too many clients were registered from your network in the last hour and never used. ' +
    `Try again later.${proxyAdvice}`
  return new OAuthError('temporarily_unavailable', description, {
    statusCode: 429,
    reason: 'registration_quota',
    headers: { 'retry-after': String(Math.max(1, seconds)) }
  })
}

/** The bearer token of the Authorization header, undefined when there is none. */
export function bearerToken({ headers }: FastifyRequest): string | undefined {
  return /^bearer +([\w.~+/=-]+) *$/i.exec(headers.authorization ?? '')?.[1]
}

/** The error of RFC 6750 §3.1, which does not tell what is wrong with the token or its client. */
export function invalidTokenError(description: string, reason: string): OAuthError {
  return new OAuthError('invalid_token', description, {
    statusCode: 401,
    reason,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' }
  })
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function isSameText(sentText: string, expectedText: string): boolean {
  return timingSafeEqual(
    Buffer.from(secretDigest(sentText)),
    Buffer.from(secretDigest(expectedText))
  )
}
