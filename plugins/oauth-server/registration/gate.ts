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
 * Bounds on registrations of the last hour that nobody used: outer ones, against a flood. All
 * people of claude.ai come from a few addresses, and each connects with a registration or two; as
 * soon as a person has approved a client it no longer counts.
 */
const MAX_UNUSED_OF_A_NETWORK = 200
const MAX_UNUSED = 2000

/**
 * Whether this registration may be looked at. Throws OAuthError: 403 when closed, 401 without the
 * initial access token (RFC 7591 §3).
 */
export function requireRegistrationAllowed(app: FastifyInstance, request: FastifyRequest): void {
  const { DYNAMIC_REGISTRATION: mode, REGISTRATION_TOKEN: expected = '' } = app.config
  if (mode === 'closed') {
    throw new OAuthError(
      'access_denied',
      'Clients cannot register themselves here. Ask whoever runs this service for a client_id.',
      { statusCode: 403, reason: 'registration_closed' }
    )
  }
  if (mode === 'token' && !sameText(bearerOf(request) ?? '', expected)) {
    throw invalidToken(
      'Registration here needs the initial access token of this service, as Authorization: Bearer.',
      'initial_access_token_wrong'
    )
  }
}

/**
 * Whose share of the unused registrations this one counts to: a network of its own, so that no
 * network closes registration for another. A proxy on this machine that is not trusted
 * (TRUST_PROXY) speaks for everybody; here, and only here, its word of who comes is taken all the
 * same: who makes networks up gains no more than room in the bound on all, which closes to nobody.
 */
export function registeringNetwork({ ip, ips, headers }: FastifyRequest): string {
  const network = networkOf(ip)
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)!.trim()
  const isUntrustedProxy = (ips?.length ?? 1) === 1 && isLoopback(network)
  return isUntrustedProxy && isIP(forwarded) > 0 ? networkOf(forwarded) : network
}

/**
 * Ask in the transaction that registers: of a flood, each request that has to wait for its
 * connection then counts the ones before it, and no more get past the bounds than there are
 * connections. Of all networks together the bound is held by deleting an unused registration of the
 * one that has the most, never by refusing. Throws OAuthError 429.
 */
export async function requireFewUnused(trx: Trx, network: string): Promise<void> {
  const unused = await countUnusedRegistrations(trx, network)
  if (unused.network >= MAX_UNUSED_OF_A_NETWORK) throw tooMany(network, unused.network_seconds)
  if (unused.all >= MAX_UNUSED) await deleteCrowdingRegistration(trx)
}

function tooMany(network: string, seconds: number): OAuthError {
  const advice = isLoopback(network)
    ? ' If they came through a proxy, whoever runs this service has to name it in TRUST_PROXY.'
    : ''
  const said =
    'Too many clients were registered from your network in the last hour and never used. ' +
    `Try again later.${advice}`
  return new OAuthError('temporarily_unavailable', said, {
    statusCode: 429,
    reason: 'registration_quota',
    headers: { 'retry-after': String(Math.max(1, seconds)) }
  })
}

/** The bearer token of the Authorization header, undefined when there is none. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^bearer +([\w.~+/=-]+) *$/i.exec(headers.authorization ?? '')?.[1]
}

/**
 * 401 in the words of RFC 6750 §3.1: the same whatever is wrong with the token, or with what it
 * should open.
 */
export function invalidToken(description: string, reason: string): OAuthError {
  return new OAuthError('invalid_token', description, {
    statusCode: 401,
    reason,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' }
  })
}

function sameText(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(secretDigest(given)), Buffer.from(secretDigest(expected)))
}
