import type { FastifyRequest } from 'fastify'
import { BearerError } from '../../lib/errors.ts'

/** `dpop`: sent by the scheme that needs a proof beside it. */
export interface SentCredential {
  secret: string
  dpop: boolean
}

/**
 * The one credential of a request: `Authorization: Bearer` or `DPoP`, or `x-api-key` (RFC 6750
 * §2.1, RFC 9449 §7.1); undefined without one. Ignores tokens in the query or body. Throws
 * BearerError 400 when there are two, 401 on an unknown scheme.
 */
export function credentialOf(request: FastifyRequest): SentCredential | undefined {
  const authorizations = headerValues(request, 'authorization')
  const apiKeys = headerValues(request, 'x-api-key')
  if (authorizations.length > 1 || apiKeys.length > 1 || authorizations[0]?.includes(',')) {
    throw new BearerError(400, 'invalid_request', 'More than one credential was sent; send one.', {
      reason: 'two_credentials'
    })
  }
  const [authorization] = authorizations
  const sentToken = authorization === undefined ? undefined : parseAuthorization(authorization)
  const apiKey = apiKeys[0]?.trim() || undefined
  if (sentToken !== undefined && apiKey !== undefined && sentToken.secret !== apiKey) {
    throw new BearerError(
      400,
      'invalid_request',
      'Authorization and x-api-key hold different credentials; send one.',
      { reason: 'two_credentials' }
    )
  }
  return sentToken ?? (apiKey === undefined ? undefined : { secret: apiKey, dpop: false })
}

function parseAuthorization(header: string): SentCredential | undefined {
  if (header.trim() === '') return undefined
  const [, scheme, secret] = /^(bearer|dpop) +([\w.~+/=-]+) *$/i.exec(header) ?? []
  if (secret === undefined) {
    throw new BearerError(
      401,
      'invalid_token',
      'The Authorization header must have the form "Bearer <token>".',
      { reason: 'malformed_authorization' }
    )
  }
  return { secret, dpop: scheme!.toLowerCase() === 'dpop' }
}

/** Every value of the header, also of one that Node joins or drops. */
function headerValues({ raw: { rawHeaders } }: FastifyRequest, name: string): string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name
  )
}
