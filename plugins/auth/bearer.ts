import type { FastifyRequest } from 'fastify'
import { BearerError } from '../errors.ts'

/**
 * The one credential of a request: `Authorization: Bearer` or `x-api-key`. RFC 6750 §2.1; a token in the query or the body is not read.
 * undefined when there is none. Throws BearerError 400 when there are two, 401 on another scheme.
 */
export function credentialOf (request: FastifyRequest): string | undefined {
  const authorizations = rawHeaders(request, 'authorization')
  const keys = rawHeaders(request, 'x-api-key')
  if (authorizations.length > 1 || keys.length > 1 || authorizations[0]?.includes(',')) {
    throw new BearerError(400, 'invalid_request', 'More than one credential was sent; send one.', { reason: 'two_credentials' })
  }
  const bearer = authorizations[0] === undefined ? undefined : bearerToken(authorizations[0])
  const key = keys[0]?.trim() || undefined
  if (bearer !== undefined && key !== undefined && bearer !== key) {
    throw new BearerError(400, 'invalid_request', 'Authorization and x-api-key hold different credentials; send one.', { reason: 'two_credentials' })
  }
  return bearer ?? key
}

function bearerToken (header: string): string | undefined {
  if (header.trim() === '') return undefined
  const [, token] = /^bearer +([\w.~+/=-]+) *$/i.exec(header) ?? []
  if (token === undefined) throw new BearerError(401, 'invalid_token', 'The Authorization header is not of the form "Bearer <token>".', { reason: 'malformed_authorization' })
  return token
}

function rawHeaders ({ raw: { rawHeaders: headers } }: FastifyRequest, name: string): string[] {
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1]!.toLowerCase() === name)
}
