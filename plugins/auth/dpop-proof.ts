import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  calculateJwkThumbprint,
  decodeJwt,
  EmbeddedJWK,
  jwtVerify,
  type JWTVerifyResult
} from 'jose'
import { consumeDpopProof } from '../../db/oauth/dpop-proofs.ts'
import { isLoopback } from '../../lib/mcp-resource.ts'

export const dpopAlgorithms = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256']

/**
 * A nonce is good in its own five minutes and in those beside them, for the clocks of two nodes may
 * differ.
 */
const NONCE_SECONDS = 300
/** How far the clock of a client may be off. */
const SKEW = 300
const MAX_CHARACTERS = 4096

/** What a proof may be wrong in: slugs for the audit log. */
export type DpopFault =
  'dpop_nonce_wrong' | 'dpop_proof_wrong' | 'dpop_proof_used' | 'dpop_key_differs'

/** What a client is told. */
export const dpopFaults: Record<DpopFault, string> = {
  dpop_nonce_wrong:
    'The DPoP proof needs the nonce of the DPoP-Nonce header of this answer; send the request again with it.',
  dpop_proof_wrong:
    'The DPoP proof is not valid for this request: its form, signature, algorithm, jti, htm, htu, iat (the clock must be right within five minutes) or ath is wrong, or there are two.',
  dpop_proof_used: 'The DPoP proof was used before; make a new one for each request.',
  dpop_key_differs:
    'The DPoP proof is made with another key than the token or code is bound to, or is missing.'
}

/**
 * The thumbprint (RFC 7638) of the key of which the request's DPoP header proves possession, or why
 * it does not (RFC 9449 §4.3). With a `token` the proof has to be for it and by the key to which it
 * is bound. It is spent last, so that one that is wrong in anything spends nothing.
 */
export async function proveKey(
  app: FastifyInstance,
  request: FastifyRequest,
  token?: { secret: string; jkt: string }
): Promise<{ jkt: string } | { fault: DpopFault }> {
  const [proof = '', ...more] = request.raw.headersDistinct['dpop'] ?? []
  if (more.length > 0 || proof.length > MAX_CHARACTERS) return { fault: 'dpop_proof_wrong' }
  let read: JWTVerifyResult
  try {
    read = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: dpopAlgorithms,
      requiredClaims: ['iat', 'jti', 'htm', 'htu'],
      clockTolerance: SKEW
    })
  } catch {
    // each part of it, and the key, has an error of its own
    return { fault: 'dpop_proof_wrong' }
  }
  const {
    payload: { iat, jti, htm, htu, ath, nonce },
    protectedHeader: { jwk }
  } = read
  const forThis =
    htm === request.method &&
    isAddressOf(app, request, htu) &&
    (!token || ath === createHash('sha256').update(token.secret).digest('base64url'))
  const made =
    typeof iat === 'number' &&
    Math.abs(Date.now() / 1000 - iat) <= SKEW &&
    typeof jti === 'string' &&
    jti !== ''
  if (!forThis || !made) return { fault: 'dpop_proof_wrong' }
  const jkt = await calculateJwkThumbprint(jwk!)
  if (token && jkt !== token.jkt) return { fault: 'dpop_key_differs' }
  if (!isNonce(app, nonce)) return { fault: 'dpop_nonce_wrong' }
  return (await consumeDpopProof(app.db, jkt, jti, 4 * NONCE_SECONDS))
    ? { jkt }
    : { fault: 'dpop_proof_used' }
}

/**
 * The nonce of these five minutes, or so many slots of five minutes later: it follows from the time
 * and the server's secret, so that all nodes give the same. RFC 9449 §8.
 */
export function dpopNonce({ seal }: FastifyInstance, later = 0): string {
  return seal.derive('dpop-nonce', String(Math.floor(Date.now() / 1000 / NONCE_SECONDS) + later))
}

function isNonce(app: FastifyInstance, nonce: unknown): boolean {
  return [-1, 0, 1].some((slot) => nonce === dpopNonce(app, slot))
}

/**
 * Whether the request has a proof that says of itself that its nonce is missing or old: what else
 * it brings need not be looked at, nor spent.
 */
export function lacksNonce(app: FastifyInstance, request: FastifyRequest): boolean {
  try {
    const [proof] = request.raw.headersDistinct['dpop'] ?? []
    return proof !== undefined && !isNonce(app, decodeJwt(proof)['nonce'])
  } catch {
    return false // it is no proof at all, which is said to who may ask
  }
}

/**
 * Without query and fragment, normalised as URLs are (RFC 9449 §4.3); the loopback host by any of
 * its names.
 */
function isAddressOf(
  { publicUrl }: FastifyInstance,
  request: FastifyRequest,
  htu: unknown
): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu) || !URL.canParse(request.url, publicUrl)) {
    return false
  }
  const [asked, own, { pathname }] = [
    new URL(htu),
    new URL(publicUrl),
    new URL(request.url, publicUrl)
  ] // a request may name another host in full
  const sameHost =
    asked.hostname === own.hostname || (isLoopback(asked.hostname) && isLoopback(own.hostname))
  return (
    asked.protocol === own.protocol &&
    asked.port === own.port &&
    sameHost &&
    asked.pathname === pathname
  )
}
