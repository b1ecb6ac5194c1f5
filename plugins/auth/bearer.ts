import type { FastifyRequest } from 'fastify'
import { BearerError } from '../../lib/errors.ts'

/** `dpop`: sent by a scheme that wants a proof beside it. */
export interface SentCredential {
  secret: string
  dpop: boolean
}

/**
 * The one credential of a request: `Authorization: Bearer` or `DPoP`, or `x-api-key`. RFC 6750
 * §2.1, RFC 9449 §7.1; a token in the query or the body is not read. undefined when there is none.
 * Throws BearerError 400 when there are two, 401 on another scheme.
 */
export function credentialOf(request: FastifyRequest): SentCredential | undefined {
  const authorizations = rawHeaders(request, 'authorization')
  const keys = rawHeaders(request, 'x-api-key')
  if (authorizations.length > 1 || keys.length > 1 || authorizations[0]?.includes(',')) {
    throw new BearerError(400, 'invalid_request', 'More than one credential was sent; send one.', {
      reason: 'two_credentials'
    })
  }
  const sent = authorizations[0] === undefined ? undefined : sentToken(authorizations[0])
  const key = keys[0]?.trim() || undefined
  if (sent !== undefined && key !== undefined && sent.secret !== key) {
    throw new BearerError(
      400,
      'invalid_request',
      'Authorization and x-api-key hold different credentials; send one.',
      { reason: 'two_credentials' }
    )
  }
  return sent ?? (key === undefined ? undefined : { secret: key, dpop: false })
}

function sentToken(header: string): SentCredential | undefined {
  if (header.trim() === '') return undefined
  const [, scheme, secret] = /^(bearer|dpop) +([\w.~+/=-]+) *$/i.exec(header) ?? []
  if (secret === undefined) {
    throw new BearerError(
      401,
      'invalid_token',
      'The Authorization header is not of the form "Bearer <token>".',
      { reason: 'malformed_authorization' }
    )
  }
  return { secret, dpop: scheme!.toLowerCase() === 'dpop' }
}

function rawHeaders({ raw: { rawHeaders: headers } }: FastifyRequest, name: string): string[] {
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1]!.toLowerCase() === name)
}
