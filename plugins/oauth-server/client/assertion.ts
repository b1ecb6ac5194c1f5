import type { FastifyInstance } from 'fastify'
import {
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify
} from 'jose'
import { consumeClientAssertion } from '../../../db/oauth/client-assertions.ts'
import type { Client } from '../../../db/oauth/clients.ts'
import { keysOf, KeysUnavailable } from './keys.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Signatures by a private key; a secret of ours signs nothing. */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** An assertion is good for an hour at most, and clocks may differ by this much, in seconds. */
const LONGEST = 3600
const SKEW = 30

/**
 * Whether the assertion proves this client (RFC 7523 §3): signed by a key of its own, issued by and
 * about it, for this server, not expired, and not used before. It is spent last, so that a wrong
 * one spends nothing. A slug says why not; undefined: it does.
 */
export async function assertionFault(
  app: FastifyInstance,
  client: Client,
  assertion: string
): Promise<string | undefined> {
  const keys = keysOf(app, client)
  if (!keys) return 'client_without_keys'
  let claims: JWTPayload
  try {
    claims = await verifiedClaims(assertion, keys, {
      algorithms: assertionAlgorithms,
      issuer: client.client_id,
      subject: client.client_id,
      audience: ['', '/api/v1/oauth/token', '/token', '/api/v1/oauth/par'].map(
        (path) => app.publicUrl + path
      ), // the last one: RFC 9126 §2
      clockTolerance: SKEW,
      requiredClaims: ['exp', 'jti']
    })
  } catch (error) {
    if (error instanceof KeysUnavailable) return 'client_keys_unavailable'
    if (error instanceof errors.JWTExpired) return 'assertion_expired'
    if (error instanceof errors.JWTClaimValidationFailed) return 'assertion_claim_wrong'
    return 'assertion_signature_wrong' // or the key itself is wrong, which each kind says in an error of its own
  }
  if ([claims.aud].flat().length !== 1) return 'assertion_claim_wrong' // the other server that it names could use it here
  const left = claims.exp! - Date.now() / 1000
  if (
    left > LONGEST + SKEW ||
    typeof claims.jti !== 'string' ||
    claims.jti === '' ||
    claims.jti.length > 500
  ) {
    return 'assertion_claim_wrong'
  }
  return (await consumeClientAssertion(
    app.db,
    client.client_id,
    claims.jti,
    Math.ceil(left) + 2 * SKEW
  ))
    ? undefined
    : 'assertion_used'
}

/** With several keys that may have signed it, as without a kid, each is tried. */
async function verifiedClaims(
  assertion: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(assertion, keys, options)).payload
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const payload = await jwtVerify(assertion, key, options).then(
        ({ payload }) => payload,
        (fault: unknown) => {
          if (!(fault instanceof errors.JWSSignatureVerificationFailed)) throw fault
        }
      )
      if (payload) return payload
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** Whom an assertion speaks of, before anything of it is proven. */
export function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}
