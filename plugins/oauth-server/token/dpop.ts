import type { FastifyInstance, FastifyRequest } from 'fastify'
import { dpopFaults, lacksNonce, proveKey } from '../../auth/index.ts'
import { OAuthError } from '../../../lib/errors.ts'
import type { GrantRequest } from './token-request.ts'

/**
 * Thumbprint of the key of whose possession the request brings a proof (RFC 9449 §5); null when it
 * brings none. Throws OAuthError.
 */
export async function provenKey({ app, request }: GrantRequest): Promise<string | null> {
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
 * For before the client is proven: who has to come again with a nonce (RFC 9449 §8) may then send
 * the same assertion, which is good once. Throws OAuthError.
 */
export function requireNonce(app: FastifyInstance, request: FastifyRequest): void {
  if (lacksNonce(app, request)) {
    throw new OAuthError('use_dpop_nonce', dpopFaults.dpop_nonce_wrong, {
      reason: 'dpop_nonce_wrong'
    })
  }
}
