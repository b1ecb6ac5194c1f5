import type { FastifyInstance, FastifyRequest } from 'fastify'
import { dpopFaults, lacksNonce, proveKey } from '../../auth/index.ts'
import { OAuthError } from '../../../lib/errors.ts'
import type { ClientRequest } from './token-request.ts'

/**
 * Thumbprint of the key that the request's DPoP proof is made with (RFC 9449 §5); null without a
 * proof. Consumes the proof. Throws OAuthError.
 */
export async function dpopThumbprint({ app, request }: ClientRequest): Promise<string | null> {
  if (request.headers['dpop'] === undefined) return null
  const proof = await proveKey(app, request)
  if ('jkt' in proof) return proof.jkt
  throw new OAuthError(
    proof.fault === 'dpop_nonce_wrong' ? 'use_dpop_nonce' : 'invalid_dpop_proof',
    dpopFaults[proof.fault],
    { reason: proof.fault }
  )
}

/**
 * Checked before the client is authenticated: a client that must come again with a nonce (RFC 9449
 * §8) can then send the same assertion, which counts once. Throws OAuthError.
 */
export function requireDpopNonce(app: FastifyInstance, request: FastifyRequest): void {
  if (lacksNonce(app, request)) {
    throw new OAuthError('use_dpop_nonce', dpopFaults.dpop_nonce_wrong, {
      reason: 'dpop_nonce_wrong'
    })
  }
}
