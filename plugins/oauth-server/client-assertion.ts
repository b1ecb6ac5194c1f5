import type { FastifyInstance } from 'fastify'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { spendClientAssertion } from '../../db/oauth-client-assertions.ts'
import type { Client } from '../../db/oauth-clients.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Signatures by a private key; a secret of ours signs nothing. */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** An assertion is good for an hour at most, and clocks may differ by this much, in seconds. */
const LONGEST = 3600
const SKEW = 30
const KEYS_MAX_BYTES = 65_536
const KEYS_TIMEOUT_MS = 5000
const MOST_KEY_SETS = 500

const keySets = new Map<string, JWTVerifyGetKey>()

/**
 * Whether the assertion proves this client (RFC 7523 §3): signed by a key of its own, issued by and about it, for this server, not expired, and
 * not used before. It is spent last, so that a wrong one spends nothing. A slug says why not; undefined: it does.
 */
export async function assertionFault (app: FastifyInstance, client: Client, assertion: string): Promise<string | undefined> {
  const keys = keysOf(app, client)
  if (!keys) return 'client_without_keys'
  let claims: JWTPayload
  try {
    const { payload } = await jwtVerify(assertion, keys, {
      algorithms: assertionAlgorithms,
      issuer: client.client_id,
      subject: client.client_id,
      audience: [app.publicUrl, `${app.publicUrl}/api/v1/oauth/token`, `${app.publicUrl}/token`],
      clockTolerance: SKEW,
      requiredClaims: ['exp', 'jti']
    })
    claims = payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'assertion_expired'
    if (error instanceof errors.JWTClaimValidationFailed) return 'assertion_claim_wrong'
    if (error instanceof errors.JOSEError || error instanceof TypeError) return 'assertion_signature_wrong'
    return 'client_keys_unavailable'
  }
  const left = claims.exp! - Date.now() / 1000
  if (left > LONGEST + SKEW || typeof claims.jti !== 'string' || claims.jti === '' || claims.jti.length > 500) return 'assertion_claim_wrong'
  return await spendClientAssertion(app.db, client.client_id, claims.jti, Math.ceil(left) + 2 * SKEW) ? undefined : 'assertion_used'
}

/** Whom an assertion speaks of, before anything of it is proven. */
export function subjectOf (assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}

/** The client's public keys: those of its row, or those at its jwks_uri, which are kept for ten minutes and asked for anew for an unknown key. */
function keysOf (app: FastifyInstance, { client_id: clientId, jwks, jwks_uri: uri }: Client): JWTVerifyGetKey | undefined {
  if (jwks) return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  if (uri === null) return undefined
  const name = `${app.publicUrl} ${clientId} ${uri}`
  const known = keySets.get(name)
  if (known) return known
  const keys = createRemoteJWKSet(new URL(uri), {
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
    [customFetch]: async (url) => {
      const { status, body } = await app.guardedFetch(url.toString(), { maxBytes: KEYS_MAX_BYTES, timeoutMs: KEYS_TIMEOUT_MS, headers: { accept: 'application/json' } })
      return new Response(new Uint8Array(body), { status })
    }
  })
  if (keySets.size >= MOST_KEY_SETS) keySets.clear()
  keySets.set(name, keys)
  return keys
}
