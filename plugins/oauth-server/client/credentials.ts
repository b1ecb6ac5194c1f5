import type { FastifyRequest } from 'fastify'
import { OAuthError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { ASSERTION_TYPE, assertionSubject } from './assertion.ts'

/** How a client presents itself. `basic`: in the Authorization header. */
export interface ClientCredentials {
  clientId: string
  secrets: string[]
  basic: boolean
  assertion?: string
}

/** The one way in which the request names and proves its client. Throws OAuthError. */
export function readCredentials(request: FastifyRequest, form: Parameters): ClientCredentials {
  const { authorization } = request.headers
  const formClientId = form.get('client_id')
  const formSecret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  // headers.authorization holds only the first of several.
  const headerCount = request.raw.headersDistinct['authorization']?.length ?? 0
  if (headerCount > 1) throw authenticatedTwice()
  if (assertion !== undefined) {
    if (authorization !== undefined || formSecret !== undefined) throw authenticatedTwice()
    return assertionCredentials(assertion, form)
  }
  if (authorization === undefined) {
    if (formClientId === undefined) {
      throw unauthenticated('client_id is missing.', false, 'client_id_missing')
    }
    const secrets = formSecret === undefined ? [] : [formSecret]
    return { clientId: formClientId, secrets, basic: false }
  }
  if (!/^basic /i.test(authorization)) {
    throw new OAuthError(
      'invalid_request',
      'The Authorization header at this endpoint must be Basic.',
      { reason: 'wrong_authorization_scheme' }
    )
  }
  if (formSecret !== undefined) throw authenticatedTwice()
  const credentials = basicCredentials(authorization)
  if (formClientId !== undefined && formClientId !== credentials.clientId) {
    throw new OAuthError(
      'invalid_request',
      'client_id in the body differs from the one in the Authorization header.',
      { reason: 'two_client_ids' }
    )
  }
  return credentials
}

function assertionCredentials(assertion: string, form: Parameters): ClientCredentials {
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
    throw new OAuthError('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}.`, {
      reason: 'assertion_type_wrong'
    })
  }
  const clientId = form.get('client_id') ?? assertionSubject(assertion)
  if (clientId !== undefined) return { clientId, secrets: [], basic: false, assertion }
  throw unauthenticated('The client assertion cannot be read.', false, 'assertion_signature_wrong')
}

function authenticatedTwice(): OAuthError {
  return new OAuthError(
    'invalid_request',
    'The client authenticated twice: send one of header, client_secret and client_assertion.',
    { reason: 'two_client_authentications' }
  )
}

/**
 * Read both raw and form-decoded (RFC 6749 §2.3.1): secrets in base64 hold `+`, `/` and `=`, and
 * not every client encodes them. Throws OAuthError.
 */
export function basicCredentials(header: string): ClientCredentials {
  const encoded = header.slice('basic '.length).trim()
  const decoded = Buffer.from(encoded, 'base64').toString('utf8')
  const colonAt = decoded.indexOf(':')
  if (!/^[\w+/-]+=*$/.test(encoded) || colonAt < 1 || /[\0\ufffd]/.test(decoded)) {
    throw unauthenticated('The Basic credentials are malformed.', true, 'malformed_basic')
  }
  const rawClientId = decoded.slice(0, colonAt)
  const rawSecret = decoded.slice(colonAt + 1)
  return {
    clientId: formDecode(rawClientId) ?? rawClientId,
    secrets: [...new Set([rawSecret, formDecode(rawSecret) ?? rawSecret])].filter(Boolean),
    basic: true
  }
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** invalid_client (RFC 6749 §5.2). `retryAfter` in seconds. */
export function unauthenticated(
  description: string,
  basic: boolean,
  reason: string,
  { statusCode = 401, retryAfter = 0 } = {}
): OAuthError {
  return new OAuthError('invalid_client', description, {
    statusCode,
    reason,
    headers: {
      ...(basic && { 'www-authenticate': 'Basic realm="kagura", charset="UTF-8"' }),
      ...(retryAfter > 0 && { 'retry-after': String(retryAfter) })
    }
  })
}
