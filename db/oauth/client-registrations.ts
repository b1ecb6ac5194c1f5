import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { type ClientMetadata, hasSecret, metadataColumns } from './client-metadata.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import type { Client } from './clients.ts'

/** Prefix of a registration access token (RFC 7592 §3). */
export const REGISTRATION_TOKEN_PREFIX = 'kgm_'

/**
 * A self-registered client with the token that manages its registration (RFC 7592). Both secrets
 * are only returned here; the database holds their hashes.
 */
export interface RegisteredClient {
  client: Client
  client_secret?: string
  registration_access_token: string
}

/**
 * Registers a client under a generated client_id; it must use PKCE. `registered_from` is its
 * network, for the quota.
 */
export async function registerClient(
  db: Db,
  metadata: ClientMetadata & { registered_from: string }
): Promise<RegisteredClient> {
  const registrationToken = newSecret(REGISTRATION_TOKEN_PREFIX)
  const clientSecret = hasSecret(metadata.token_endpoint_auth_method) ? newSecret() : undefined
  const insertedClient = await db
    .insertInto('oauth_clients')
    .values({
      ...metadataColumns(metadata),
      client_id: sql`gen_random_uuid()::text`,
      client_secret_hash: clientSecret === undefined ? null : secretDigest(clientSecret),
      registration: 'dynamic',
      require_pkce: true,
      registration_token_hash: secretDigest(registrationToken)
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return {
    client: insertedClient,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    registration_access_token: registrationToken
  }
}

/**
 * The client that this registration token manages. undefined if the token is wrong or belongs to
 * another client, or the client is disabled.
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
 * Replaces the metadata and the registration token; of concurrent updates one succeeds. A client
 * that now needs a secret and has none gets one; a client that needs none loses it. Returns
 * undefined as findRegisteredClient does.
 */
export async function updateRegisteredClient(
  db: Db,
  clientId: string,
  registrationToken: string,
  metadata: ClientMetadata
): Promise<RegisteredClient | undefined> {
  const [nextToken, clientSecret] = [newSecret(REGISTRATION_TOKEN_PREFIX), newSecret()]
  const updatedClient = await db
    .updateTable('oauth_clients')
    .set({
      ...metadataColumns(metadata),
      client_secret_hash: hasSecret(metadata.token_endpoint_auth_method)
        ? sql<string>`case when token_endpoint_auth_method
            in ('client_secret_post', 'client_secret_basic')
            then coalesce(client_secret_hash, ${secretDigest(clientSecret)})
            else ${secretDigest(clientSecret)} end`
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
    updatedClient && {
      client: updatedClient,
      ...(updatedClient.client_secret_hash === secretDigest(clientSecret) && {
        client_secret: clientSecret
      }),
      registration_access_token: nextToken
    }
  )
}

/**
 * Deletes the client with its grants and tokens. Returns false where findRegisteredClient returns
 * undefined.
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
