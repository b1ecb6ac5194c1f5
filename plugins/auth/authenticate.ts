import type { FastifyInstance, FastifyRequest } from 'fastify'
import { API_KEY_PREFIX } from '../../db/people/api-keys.ts'
import { BearerError } from '../../lib/errors.ts'
import { isThisResource } from '../../lib/mcp-resource.ts'
import { credentialOf, type SentCredential } from './bearer.ts'
import { type Credential, proveCredential } from './credential.ts'
import { dpopFaults, proveKey } from './dpop-proof.ts'

/**
 * Refusals that are audited. Unknown tokens are not, or anybody could fill the table; expired ones
 * are normal.
 */
const auditedReasons = [
  'token_revoked',
  'token_disabled',
  'token_audience',
  'dpop_key_differs',
  'dpop_proof_used',
  'dpop_proof_wrong'
]

const proofErrors = {
  dpop_nonce_wrong: 'use_dpop_nonce',
  dpop_key_differs: 'invalid_token',
  dpop_proof_wrong: 'invalid_dpop_proof',
  dpop_proof_used: 'invalid_dpop_proof'
}

/** The proven credential of a request, with its DPoP proof checked. Throws BearerError 400, 401. */
export async function authenticateRequest(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<Credential> {
  const sentCredential = credentialOf(request)
  if (sentCredential === undefined) {
    throw new BearerError(
      401,
      undefined,
      'Send an access token or an API key: Authorization: Bearer <token>.'
    )
  }
  let credential: Credential | undefined
  try {
    credential = await proveCredential(app.db, sentCredential.secret, (resource) =>
      isThisResource(resource, app.publicUrl)
    )
    await requireProof(app, request, credential, sentCredential)
    return credential
  } catch (error) {
    if (error instanceof BearerError) {
      await noteRefusal(request, error, sentCredential, credential)
    }
    throw error
  }
}

async function noteRefusal(
  request: FastifyRequest,
  { reason }: BearerError,
  { secret }: SentCredential,
  credential: Credential | undefined
): Promise<void> {
  request.log.info({ reason }, 'credential refused')
  if (!auditedReasons.includes(reason)) return
  const { user_id, source } = credential?.principal ?? {}
  const action = secret.startsWith(API_KEY_PREFIX) ? 'key.refused' : 'oauth.access.refused'
  await request.auditBounded(action, {
    user_id,
    client_id: source?.client_id,
    grant_id: source?.grant_id,
    reason
  })
}

/**
 * A bound token needs a proof by its key, and a bearer token must not come with the DPoP scheme
 * (RFC 9449 §7). Throws BearerError 401.
 */
async function requireProof(
  app: FastifyInstance,
  request: FastifyRequest,
  { jkt }: Credential,
  { secret, dpop }: SentCredential
): Promise<void> {
  if (jkt === null && !dpop) return
  const proof =
    jkt === null || !dpop
      ? { fault: 'dpop_key_differs' as const }
      : await proveKey(app, request, { secret, jkt })
  if (!('fault' in proof)) return
  throw new BearerError(401, proofErrors[proof.fault], dpopFaults[proof.fault], {
    reason: proof.fault,
    dpop: true
  })
}
