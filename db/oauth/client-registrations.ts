import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { type ClientMetadata, hasSecret, rowOf } from './client-metadata.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import type { OauthClientsTable } from '../schema/index.ts'

/** What a registration access token looks like (RFC 7592 §3). */
export const REGISTRATION_TOKEN_PREFIX = 'kgm_'

type Client = Selectable<OauthClientsTable>

/**
 * A client that registered itself, and the token by which it manages that (RFC 7592). Both secrets
 * are in the answer and nowhere else.
 */
export interface RegisteredClient {
  client: Client
  client_secret?: string
  registration_access_token: string
}

/**
 * Registers a client that comes by itself, under a made client_id; always with PKCE.
 * `registered_from`: its network, for the quota.
 */
export async function registerClient(
  db: Db,
  metadata: ClientMetadata & { registered_from: string }
): Promise<RegisteredClient> {
  const registrationToken = newSecret(REGISTRATION_TOKEN_PREFIX)
  const secret = hasSecret(metadata.token_endpoint_auth_method) ? newSecret() : undefined
  const client = await db
    .insertInto('oauth_clients')
    .values({
      ...rowOf(metadata),
      client_id: sql`gen_random_uuid()::text`,
      client_secret_hash: secret === undefined ? null : secretDigest(secret),
      registration: 'dynamic',
      require_pkce: true,
      registration_token_hash: secretDigest(registrationToken)
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return {
    client,
    ...(secret !== undefined && { client_secret: secret }),
    registration_access_token: registrationToken
  }
}

/**
 * The client that this registration token manages; undefined for a wrong token, another's, or a
 * disabled client.
 */
export function findRegisteredClient(
  db: Db,
  clientId: string,
  registrationToken: string
): Promise<Client | undefined> {
  return db
    .selectFrom('oauth_clients')
    .selectAll()
    .where('registration_token_hash', '=', secretDigest(registrationToken)) // unique index
    .where('client_id', '=', clientId)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
}

/**
 * Replaces what the client said of itself, and its registration token: of several at the same
 * instant one succeeds. A client that had no secret and now needs one gets it; one that needs none
 * has none. undefined as with findRegisteredClient.
 */
export async function updateRegisteredClient(
  db: Db,
  clientId: string,
  registrationToken: string,
  metadata: ClientMetadata
): Promise<RegisteredClient | undefined> {
  const [nextToken, secret] = [newSecret(REGISTRATION_TOKEN_PREFIX), newSecret()]
  const client = await db
    .updateTable('oauth_clients')
    .set({
      ...rowOf(metadata),
      client_secret_hash: hasSecret(metadata.token_endpoint_auth_method)
        ? sql<string>`case when token_endpoint_auth_method in ('client_secret_post', 'client_secret_basic') then coalesce(client_secret_hash, ${secretDigest(secret)}) else ${secretDigest(secret)} end`
        : null,
      registration_token_hash: secretDigest(nextToken),
      updated_at: sql`now()`
    })
    .where('registration_token_hash', '=', secretDigest(registrationToken))
    .where('client_id', '=', clientId)
    .where('disabled_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return (
    client && {
      client,
      ...(client.client_secret_hash === secretDigest(secret) && { client_secret: secret }),
      registration_access_token: nextToken
    }
  )
}

/**
 * Deletes the client with all its grants and tokens; false as findRegisteredClient gives undefined.
 */
export async function deleteRegisteredClient(
  db: Db,
  clientId: string,
  registrationToken: string
): Promise<boolean> {
  return (
    (await db
      .deleteFrom('oauth_clients')
      .where('registration_token_hash', '=', secretDigest(registrationToken))
      .where('client_id', '=', clientId)
      .where('disabled_at', 'is', null)
      .returning('client_id')
      .executeTakeFirst()) !== undefined
  )
}
