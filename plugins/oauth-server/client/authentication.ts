import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { countAttempt } from '../../../db/people/attempts.ts'
import type { Db } from '../../../db/connection/connect.ts'
import { listFormerSecretHashes } from '../../../db/oauth/client-secrets.ts'
import { hasSecret } from '../../../db/oauth/client-metadata.ts'
import type { Client } from '../../../db/oauth/clients.ts'
import { secretDigest } from '../../../lib/secrets.ts'
import { OAuthError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { networkOf } from '../../../lib/network.ts'
import { resolveClient } from './client.ts'
import { ASSERTION_TYPE, assertionFault, subjectOf } from './assertion.ts'

interface ClientCredentials {
  clientId: string
  secrets: string[]
  basic: boolean
  assertion?: string
}

/**
 * Proves the client at the token endpoint: client_secret_post, client_secret_basic, or none (RFC
 * 6749 §2.3), private_key_jwt (RFC 7523 §2.2). Either secret method serves a client that has a
 * secret; a public client must not send one. Unknown clients and wrong secrets get the same answer
 * after the same work. Throws OAuthError invalid_request, or invalid_client with 401; with 429
 * after many wrong secrets.
 */
export async function authenticateClient(
  app: FastifyInstance,
  request: FastifyRequest,
  form: Parameters
): Promise<{ client: Client; proven: boolean }> {
  const credentials = credentialsOf(request, form)
  const { clientId, secrets, basic, assertion } = credentials
  const client = await resolveClient(app, clientId)
  const wrong = (reason: string) =>
    unauthenticated('Unknown client or wrong client secret.', basic, reason)
  const methods =
    client?.token_endpoint_auth_methods ?? (client ? [client.token_endpoint_auth_method] : [])
  if (client && assertion !== undefined) {
    const fault = client.disabled_at
      ? 'client_disabled'
      : methods.includes('private_key_jwt')
        ? await assertionFault(app, client, assertion)
        : 'assertion_not_registered'
    // Who may come without a proof is not shut out by one that cannot be checked: some publishers
    // refuse the address ranges of hosting companies.
    if (fault !== undefined && !(fault === 'client_keys_unavailable' && methods.includes('none'))) {
      throw unauthenticated('The client assertion does not prove the client.', false, fault)
    }
    return { client, proven: fault === undefined }
  }
  if (client && methods.includes('none')) {
    if (client.disabled_at) throw wrong('client_disabled')
    if (secrets.length > 0) throw wrong('secret_from_public_client')
    return { client, proven: false }
  }
  if (client && !methods.some(hasSecret)) throw wrong('client_assertion_missing')
  if (
    !(await isSecretOf(
      app.db,
      client ?? { client_id: clientId, client_secret_hash: null },
      secrets
    ))
  ) {
    if (secrets.length === 0) throw wrong(client ? 'client_secret_missing' : 'unknown_client')
    throw (
      (await throttled(app.db, request.ip, credentials)) ??
      wrong(client ? 'client_secret_wrong' : 'unknown_client')
    )
  }
  if (!client || client.disabled_at) throw wrong('client_disabled')
  return { client, proven: true }
}

/**
 * Whether one of the texts is a live secret of the client: the one of its row, or one that a
 * rotation left alive for a while.
 */
export async function isSecretOf(
  db: Db,
  client: Pick<Client, 'client_id' | 'client_secret_hash'>,
  secrets: string[]
): Promise<boolean> {
  if (secrets.length === 0) return false
  const digests = secrets.map(secretDigest)
  if (digests.some((made) => sameDigest(made, client.client_secret_hash))) return true
  const former = await listFormerSecretHashes(db, client.client_id)
  return former.some((stored) => digests.some((made) => sameDigest(made, stored)))
}

/**
 * Counts a wrong secret, whether there is such a client or not, and is the refusal when there were
 * too many. The right secret never comes here, so nobody can lock a client out by guessing; a made
 * one is 43 random characters, which no number of guesses finds. 429 slows down whoever heeds HTTP,
 * and the error stays invalid_client: clients read that name, whatever the status, and then drop a
 * secret that will never work and register anew, where any other name lets them retry for ever.
 */
async function throttled(
  db: Db,
  address: string,
  { clientId, basic }: ClientCredentials
): Promise<OAuthError | undefined> {
  const waits = [
    await countAttempt(db, {
      subject: `client secret ${clientId} ${networkOf(address)}`,
      free: 20,
      first: 5,
      longest: 300
    }),
    await countAttempt(db, {
      subject: `client secret ${clientId}`,
      free: 200,
      first: 1,
      longest: 60
    })
  ]
  const wait = Math.max(...waits)
  return wait === 0
    ? undefined
    : unauthenticated(
        'Too many wrong client secrets. Try again later.',
        basic,
        'client_secret_throttled',
        { statusCode: 429, wait }
      )
}

function credentialsOf(request: FastifyRequest, form: Parameters): ClientCredentials {
  const header = request.headers.authorization
  const inBody = form.get('client_id')
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  if ((request.raw.headersDistinct['authorization']?.length ?? 0) > 1) throw twice() // headers.authorization is the first of them
  if (assertion !== undefined) {
    if (header !== undefined || secret !== undefined) throw twice()
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
      throw new OAuthError('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}.`, {
        reason: 'assertion_type_wrong'
      })
    }
    const clientId = inBody ?? subjectOf(assertion)
    if (clientId === undefined) {
      throw unauthenticated(
        'The client assertion cannot be read.',
        false,
        'assertion_signature_wrong'
      )
    }
    return { clientId, secrets: [], basic: false, assertion }
  }
  if (header === undefined) {
    if (inBody === undefined) {
      throw unauthenticated('client_id is missing.', false, 'client_id_missing')
    }
    return { clientId: inBody, secrets: secret === undefined ? [] : [secret], basic: false }
  }
  if (!/^basic /i.test(header)) {
    throw new OAuthError(
      'invalid_request',
      'The Authorization header at this endpoint must be Basic.',
      { reason: 'wrong_authorization_scheme' }
    )
  }
  if (secret !== undefined) throw twice()
  const basic = basicCredentials(header)
  if (inBody !== undefined && inBody !== basic.clientId) {
    throw new OAuthError(
      'invalid_request',
      'client_id in the body is another than in the Authorization header.',
      { reason: 'two_client_ids' }
    )
  }
  return basic
}

function twice(): OAuthError {
  return new OAuthError(
    'invalid_request',
    'The client authenticated twice: send one of header, client_secret and client_assertion.',
    { reason: 'two_client_authentications' }
  )
}

/**
 * Read raw and form-decoded (RFC 6749 §2.3.1): secrets made with base64 hold `+`, `/` and `=`, and
 * clients differ in encoding them.
 */
export function basicCredentials(header: string): ClientCredentials {
  const encoded = header.slice('basic '.length).trim()
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (!/^[\w+/-]+=*$/.test(encoded) || colon < 1 || /[\0\ufffd]/.test(text)) {
    throw unauthenticated('The Basic credentials are malformed.', true, 'malformed_basic')
  }
  const secret = text.slice(colon + 1)
  return {
    clientId: formDecoded(text.slice(0, colon)) ?? text.slice(0, colon),
    secrets: [...new Set([secret, formDecoded(secret) ?? secret])].filter(Boolean),
    basic: true
  }
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function unauthenticated(
  description: string,
  basic: boolean,
  reason: string,
  { statusCode = 401, wait = 0 } = {}
): OAuthError {
  return new OAuthError('invalid_client', description, {
    statusCode,
    reason,
    headers: {
      ...(basic && { 'www-authenticate': 'Basic realm="kagura", charset="UTF-8"' }),
      ...(wait > 0 && { 'retry-after': String(wait) })
    }
  })
}

function sameDigest(made: string, stored: string | null): boolean {
  return (
    stored !== null &&
    stored.length === made.length &&
    timingSafeEqual(Buffer.from(made), Buffer.from(stored.toLowerCase()))
  )
}
