import type { FastifyRequest } from 'fastify'
import { type BearerError, toErrorDescription } from '../../lib/errors.ts'
import { dpopAlgorithms } from './dpop-proof.ts'

/**
 * The challenge of RFC 6750 §3; that of RFC 9449 §7.1 for a client that sends proofs or must send
 * them. `resource_metadata` names the document of the resource at `path` (RFC 9728 §5.1).
 */
export function bearerChallenge(
  request: FastifyRequest,
  path: string,
  { error, message, dpop, scope: requiredScope = 'mcp:tools' }: BearerError
): string {
  const { publicUrl } = request.server
  const challengeParts = [
    `resource_metadata="${publicUrl}/.well-known/oauth-protected-resource${path}"`,
    `scope="${requiredScope}"`
  ]
  if (error !== undefined) {
    challengeParts.unshift(`error="${error}"`, `error_description="${toErrorDescription(message)}"`)
  }
  return dpop || /^dpop /i.test(request.headers.authorization ?? '')
    ? `DPoP ${[...challengeParts, `algs="${dpopAlgorithms.join(' ')}"`].join(', ')}`
    : `Bearer ${challengeParts.join(', ')}`
}

/**
 * Audits a credential that lacks a scope. All other refusals are audited where a credential is
 * proven.
 */
export async function noteTooLittleScope(
  request: FastifyRequest,
  { error, reason }: BearerError
): Promise<void> {
  if (error !== 'insufficient_scope') return
  const { principal } = request.credential ?? {}
  await request.auditBounded('oauth.access.refused', {
    reason,
    ...(principal && { user_id: principal.user_id, client_id: principal.source.client_id })
  })
}
