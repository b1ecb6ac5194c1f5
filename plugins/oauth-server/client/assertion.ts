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
import { clientKeys, KeysUnavailableError } from './keys.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Private keys sign assertions; this server's own secrets sign none. */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** Endpoints that an assertion may name as its audience (RFC 7523 §3; par: RFC 9126 §2). */
const audiencePaths = ['', '/api/v1/oauth/token', '/token', '/api/v1/oauth/par']

/** An assertion counts for an hour at most, and clocks may differ by this much, in seconds. */
const MAX_SECONDS = 3600
const CLOCK_SKEW = 30
const MAX_JTI_CHARACTERS = 500

/**
 * Why the assertion does not prove this client, as a slug; undefined when it does (RFC 7523 §3). It
 * must be signed by a key of the client, issued by and about it, for this server, not expired, and
 * not used before. It is consumed last, so that a wrong one consumes nothing.
 */
export async function assertionFault(
  app: FastifyInstance,
  client: Client,
  assertion: string
): Promise<string | undefined> {
  const keys = clientKeys(app, client)
  if (!keys) return 'client_without_keys'
  let claims: JWTPayload
  try {
    claims = await verifyClaims(assertion, keys, {
      algorithms: assertionAlgorithms,
      issuer: client.client_id,
      subject: client.client_id,
      audience: audiencePaths.map((path) => app.publicUrl + path),
      clockTolerance: CLOCK_SKEW,
      requiredClaims: ['exp', 'jti']
    })
  } catch (error) {
    return verificationFault(error)
  }
  // A second audience could use the assertion here.
  if ([claims.aud].flat().length !== 1) return 'assertion_claim_wrong'
  const { jti } = claims
  const secondsLeft = claims.exp! - Date.now() / 1000
  if (secondsLeft > MAX_SECONDS + CLOCK_SKEW || !isAssertionId(jti)) return 'assertion_claim_wrong'
  const keepSeconds = Math.ceil(secondsLeft) + 2 * CLOCK_SKEW
  const isFirstUse = await consumeClientAssertion(app.db, client.client_id, jti, keepSeconds)
  return isFirstUse ? undefined : 'assertion_used'
}

function verificationFault(error: unknown): string {
  if (error instanceof KeysUnavailableError) return 'client_keys_unavailable'
  if (error instanceof errors.JWTExpired) return 'assertion_expired'
  if (error instanceof errors.JWTClaimValidationFailed) return 'assertion_claim_wrong'
  // A key that is wrong itself has an error of its own for each kind of key.
  return 'assertion_signature_wrong'
}

function isAssertionId(jti: unknown): jti is string {
  return typeof jti === 'string' && jti !== '' && jti.length <= MAX_JTI_CHARACTERS
}

/** Without a kid several keys may match: tries each. */
async function verifyClaims(
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
        (verified) => verified.payload,
        (keyError: unknown) => {
          if (!(keyError instanceof errors.JWSSignatureVerificationFailed)) throw keyError
        }
      )
      if (payload) return payload
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** The client that an assertion names, before anything of it is verified. */
export function assertionSubject(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}
