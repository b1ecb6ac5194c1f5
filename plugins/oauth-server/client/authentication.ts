import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { countAttempt } from '../../../db/people/attempts.ts'
import type { Db } from '../../../db/connection/connect.ts'
import { listFormerSecretHashes } from '../../../db/oauth/client-secrets.ts'
import { hasSecret } from '../../../db/oauth/client-metadata.ts'
import type { Client } from '../../../db/oauth/clients.ts'
import { secretDigest } from '../../../lib/secrets.ts'
import type { Parameters } from '../../form-parameters.ts'
import { networkOf } from '../../../lib/network.ts'
import { assertionFault } from './assertion.ts'
import { resolveClient } from './client.ts'
import { type ClientCredentials, readCredentials, unauthenticated } from './credentials.ts'

interface AuthenticatedClient {
  client: Client
  proven: boolean
}

/**
 * Authenticates a client: client_secret_post, client_secret_basic or none (RFC 6749 §2.3),
 * private_key_jwt (RFC 7523 §2.2). Either secret method serves a client that has a secret; a public
 * client must not send one. Unknown clients and wrong secrets get the same answer after the same
 * work. Throws OAuthError invalid_request, or invalid_client with 401; with 429 after many wrong
 * secrets.
 */
export async function authenticateClient(
  app: FastifyInstance,
  request: FastifyRequest,
  form: Parameters
): Promise<AuthenticatedClient> {
  const credentials = readCredentials(request, form)
  const { clientId, secrets, basic, assertion } = credentials
  const client = await resolveClient(app, clientId)
  if (client && assertion !== undefined) return requireAssertion(app, client, assertion)

  const refusal = (reason: string) =>
    unauthenticated('Unknown client or wrong client secret.', basic, reason)
  const methods = client ? allowedMethods(client) : []
  if (client && methods.includes('none')) {
    if (client.disabled_at) throw refusal('client_disabled')
    if (secrets.length > 0) throw refusal('secret_from_public_client')
    return { client, proven: false }
  }
  if (client && !methods.some(hasSecret)) throw refusal('client_assertion_missing')
  // The same work for an unknown client.
  const secretOwner = client ?? { client_id: clientId, client_secret_hash: null }
  if (!(await isSecretOf(app.db, secretOwner, secrets))) {
    if (secrets.length === 0) throw refusal(client ? 'client_secret_missing' : 'unknown_client')
    await countWrongSecret(app.db, request.ip, credentials)
    throw refusal(client ? 'client_secret_wrong' : 'unknown_client')
  }
  if (!client || client.disabled_at) throw refusal('client_disabled')
  return { client, proven: true }
}

function allowedMethods(client: Client) {
  return client.token_endpoint_auth_methods ?? [client.token_endpoint_auth_method]
}

/**
 * A client that may come without a proof is let in, unproven, while its keys cannot be fetched:
 * some publishers refuse the address ranges of hosting companies. Throws OAuthError.
 */
async function requireAssertion(
  app: FastifyInstance,
  client: Client,
  assertion: string
): Promise<AuthenticatedClient> {
  const methods = allowedMethods(client)
  const fault = client.disabled_at
    ? 'client_disabled'
    : methods.includes('private_key_jwt')
      ? await assertionFault(app, client, assertion)
      : 'assertion_not_registered'
  const mayBeUnproven = fault === 'client_keys_unavailable' && methods.includes('none')
  if (fault !== undefined && !mayBeUnproven) {
    throw unauthenticated('The client assertion does not prove the client.', false, fault)
  }
  return { client, proven: fault === undefined }
}

/**
 * Whether one of the texts is a live secret of the client: the current one, or a former one that a
 * rotation keeps alive for a while.
 */
export async function isSecretOf(
  db: Db,
  client: Pick<Client, 'client_id' | 'client_secret_hash'>,
  secrets: string[]
): Promise<boolean> {
  if (secrets.length === 0) return false
  const sentHashes = secrets.map(secretDigest)
  const isAmongSent = (storedHash: string | null) =>
    sentHashes.some((sentHash) => isSameDigest(sentHash, storedHash))
  if (isAmongSent(client.client_secret_hash)) return true
  const formerHashes = await listFormerSecretHashes(db, client.client_id)
  return formerHashes.some(isAmongSent)
}

/**
 * Counts a wrong secret, whether the client exists or not. Throws OAuthError 429 after too many.
 *
 * - The right secret is never counted, so guesses cannot lock a client out. A generated secret has
 *   43 random characters, which no number of guesses finds.
 * - The error stays invalid_client: clients act on that name, whatever the status. They drop a
 *   secret that will never work and register anew; after any other error they would retry for ever.
 */
async function countWrongSecret(
  db: Db,
  address: string,
  { clientId, basic }: ClientCredentials
): Promise<void> {
  const waitSeconds = [
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
  const retryAfter = Math.max(...waitSeconds)
  if (retryAfter === 0) return
  throw unauthenticated(
    'Too many wrong client secrets. Try again later.',
    basic,
    'client_secret_throttled',
    { statusCode: 429, retryAfter }
  )
}

function isSameDigest(sentHash: string, storedHash: string | null): boolean {
  return (
    storedHash !== null &&
    storedHash.length === sentHash.length &&
    timingSafeEqual(Buffer.from(sentHash), Buffer.from(storedHash.toLowerCase()))
  )
}
