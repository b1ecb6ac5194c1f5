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
 * A nonce counts in its own five minutes and in the slots before and after, because the clocks of
 * two nodes may differ.
 */
const NONCE_SECONDS = 300
/** How far the clock of a client may be off, in seconds. */
const CLOCK_SKEW = 300
const MAX_CHARACTERS = 4096

/** What may be wrong with a proof, as slugs for the audit log. */
export type DpopFault =
  'dpop_nonce_wrong' | 'dpop_proof_wrong' | 'dpop_proof_used' | 'dpop_key_differs'

/** What the client learns. */
export const dpopFaults: Record<DpopFault, string> = {
  dpop_nonce_wrong:
    'The DPoP proof needs the nonce of the DPoP-Nonce header of this answer; ' +
    'send the request again with it.',
  dpop_proof_wrong:
    'The DPoP proof is not valid for this request: its form, signature, algorithm, jti, htm, ' +
    'htu, ' +
    'iat (the clock must be right within five minutes) or ath is wrong, or there are two.',
  dpop_proof_used: 'The DPoP proof was used before; make a new one for each request.',
  dpop_key_differs:
    'The DPoP proof is made with another key than the token or code is bound to, or is missing.'
}

/**
 * The thumbprint (RFC 7638) of the key that the request's DPoP header proves possession of, or the
 * fault (RFC 9449 §4.3). With a `token` the proof must be for it and by the key it is bound to. The
 * proof is consumed last, so that a wrong one consumes nothing.
 */
export async function proveKey(
  app: FastifyInstance,
  request: FastifyRequest,
  token?: { secret: string; jkt: string }
): Promise<{ jkt: string } | { fault: DpopFault }> {
  const verifiedProof = await verifyProof(request)
  if (!verifiedProof) return { fault: 'dpop_proof_wrong' }
  const { payload, protectedHeader } = verifiedProof
  const { iat, jti, htm, htu, ath, nonce } = payload
  const isForRequest =
    htm === request.method &&
    isRequestUrl(app, request, htu) &&
    (!token || ath === createHash('sha256').update(token.secret).digest('base64url'))
  const isRecent = typeof iat === 'number' && Math.abs(Date.now() / 1000 - iat) <= CLOCK_SKEW
  if (!isForRequest || !isRecent || typeof jti !== 'string' || jti === '') {
    return { fault: 'dpop_proof_wrong' }
  }
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk!)
  if (token && thumbprint !== token.jkt) return { fault: 'dpop_key_differs' }
  if (!isNonce(app, nonce)) return { fault: 'dpop_nonce_wrong' }
  const isFirstUse = await consumeDpopProof(app.db, thumbprint, jti, 4 * NONCE_SECONDS)
  return isFirstUse ? { jkt: thumbprint } : { fault: 'dpop_proof_used' }
}

/** The one proof of the request, signed by the key that it carries; undefined when it is wrong. */
async function verifyProof({ raw }: FastifyRequest): Promise<JWTVerifyResult | undefined> {
  const [proof = '', ...moreProofs] = raw.headersDistinct['dpop'] ?? []
  if (moreProofs.length > 0 || proof.length > MAX_CHARACTERS) return undefined
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: dpopAlgorithms,
      requiredClaims: ['iat', 'jti', 'htm', 'htu'],
      clockTolerance: CLOCK_SKEW
    })
  } catch {
    return undefined // jose has an error for each part of the proof, and for the key.
  }
}

/**
 * The nonce of this slot of five minutes, or of one that is `slotOffset` slots later. It follows
 * from the time and the server's secret, so all nodes give the same one. RFC 9449 §8.
 */
export function dpopNonce({ seal }: FastifyInstance, slotOffset = 0): string {
  const currentSlot = Math.floor(Date.now() / 1000 / NONCE_SECONDS)
  return seal.derive('dpop-nonce', String(currentSlot + slotOffset))
}

function isNonce(app: FastifyInstance, nonce: unknown): boolean {
  return [-1, 0, 1].some((slotOffset) => nonce === dpopNonce(app, slotOffset))
}

/**
 * Whether the request has a proof whose nonce is missing or old, by the unverified claim. Such a
 * request must come again, so nothing else of it is looked at or consumed.
 */
export function lacksNonce(app: FastifyInstance, request: FastifyRequest): boolean {
  try {
    const [proof] = request.raw.headersDistinct['dpop'] ?? []
    return proof !== undefined && !isNonce(app, decodeJwt(proof)['nonce'])
  } catch {
    return false // It is not a proof; proveKey refuses it after the client is authenticated.
  }
}

/**
 * Compares without query and fragment, normalised as URLs are (RFC 9449 §4.3). All names of the
 * loopback host are equal.
 */
function isRequestUrl(
  { publicUrl }: FastifyInstance,
  request: FastifyRequest,
  htu: unknown
): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu) || !URL.canParse(request.url, publicUrl)) {
    return false
  }
  const [proofUrl, serverUrl] = [new URL(htu), new URL(publicUrl)]
  // Only its path: a request may name another host in full.
  const requestUrl = new URL(request.url, publicUrl)
  const isSameHost =
    proofUrl.hostname === serverUrl.hostname ||
    (isLoopback(proofUrl.hostname) && isLoopback(serverUrl.hostname))
  return (
    isSameHost &&
    proofUrl.protocol === serverUrl.protocol &&
    proofUrl.port === serverUrl.port &&
    proofUrl.pathname === requestUrl.pathname
  )
}
