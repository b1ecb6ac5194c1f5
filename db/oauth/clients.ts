import { type Selectable, sql } from 'kysely'
import { isUseDue } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import { type ClientMetadata, hasSecret, metadataColumns } from './client-metadata.ts'
import { countRows, isBehind, type Page } from '../connection/page.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import {
  oauthClientColumns,
  type OauthClientsTable,
  type TokenEndpointAuthMethod
} from '../schema/index.ts'

export type Client = Selectable<OauthClientsTable>

const findClientById = prepareLookup('find_client', ['client_id'], (db, slots) =>
  db.selectFrom('oauth_clients').select(oauthClientColumns).where('client_id', '=', slots.client_id)
)

/** The client, enabled or not; undefined if there is none. */
export function findClient(db: Db, clientId: string): Promise<Client | undefined> {
  return findClientById(db, { client_id: clientId })
}

/** Finds the client and locks it until the transaction ends, so that its changes are serialised. */
export function lockClient(trx: Trx, clientId: string): Promise<Client | undefined> {
  return trx
    .selectFrom('oauth_clients')
    .selectAll()
    .where('client_id', '=', clientId)
    .forUpdate()
    .executeTakeFirst()
}

/** Oldest first. */
export function listClients(db: Db, { limit, after }: Page): Promise<Client[]> {
  const pageOrder = { table: 'oauth_clients', id: 'client_id', order: 'ascending' as const }
  return db
    .selectFrom('oauth_clients')
    .selectAll()
    .$if(after !== undefined, (query) => query.where(isBehind(pageOrder, after!)))
    .orderBy('created_at')
    .orderBy('client_id')
    .limit(limit)
    .execute()
}

/**
 * Lists clients whose name or id contains the text, newest first, after the client `after`. Few
 * clients exist: those that nobody uses are deleted.
 */
export function findClients(db: Db, text: string, { limit, after }: Page) {
  const pageOrder = { table: 'oauth_clients', id: 'client_id', order: 'descending' as const }
  return db
    .selectFrom('oauth_clients')
    .select([
      'client_id',
      'client_name',
      'registration',
      'disabled_at',
      'created_at',
      'last_used_at'
    ])
    .$if(text !== '', (query) =>
      query.where(sql<boolean>`strpos(lower(client_name || ' ' || client_id), lower(${text})) > 0`)
    )
    .$if(after !== undefined, (query) => query.where(isBehind(pageOrder, after!)))
    .orderBy('created_at', 'desc')
    .orderBy('client_id', 'desc')
    .limit(limit)
    .execute()
}

/** The number of clients; MAX_COUNTED stands for that many or more. */
export function countClients(db: Db): Promise<number> {
  return countRows(db, db.selectFrom('oauth_clients').select('client_id'))
}

/**
 * Inserts a client; undefined if the client_id is taken. The plaintext of a new secret is only
 * returned here.
 */
export async function issueClient(
  db: Db,
  clientId: string,
  metadata: ClientMetadata
): Promise<{ client: Client; client_secret?: string } | undefined> {
  const clientSecret = hasSecret(metadata.token_endpoint_auth_method) ? newSecret() : undefined
  const insertedClient = await db
    .insertInto('oauth_clients')
    .values({
      ...metadataColumns(metadata),
      client_id: clientId,
      client_secret_hash: clientSecret === undefined ? null : secretDigest(clientSecret)
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!insertedClient) return undefined
  return clientSecret === undefined
    ? { client: insertedClient }
    : { client: insertedClient, client_secret: clientSecret }
}

/** Inserts the client with the given secret. If the client exists, only its secret changes. */
export async function upsertClient(
  db: Db,
  clientId: string,
  metadata: ClientMetadata,
  secret: string
): Promise<Client> {
  const secretColumns = { client_secret_hash: secretDigest(secret) }
  return db
    .insertInto('oauth_clients')
    .values({ ...metadataColumns(metadata), ...secretColumns, client_id: clientId })
    .onConflict((conflict) =>
      conflict.column('client_id').doUpdateSet({ ...secretColumns, updated_at: sql`now()` })
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Changes the given columns; undefined if there is no such client. */
export function updateClient(
  db: Db,
  clientId: string,
  change: Partial<ClientMetadata>
): Promise<Client | undefined> {
  return db
    .updateTable('oauth_clients')
    .set({ ...metadataColumns(change), updated_at: sql`now()` })
    .where('client_id', '=', clientId)
    .returningAll()
    .executeTakeFirst()
}

/**
 * Replaces the secret in oauth_clients and returns the new one. undefined if there is no such
 * client, or it uses no secret.
 */
export async function rotateClientSecret(db: Db, clientId: string): Promise<string | undefined> {
  const clientSecret = newSecret()
  const updatedClient = await db
    .updateTable('oauth_clients')
    .set({ client_secret_hash: secretDigest(clientSecret), updated_at: sql`now()` })
    .where('client_id', '=', clientId)
    .where('token_endpoint_auth_method', 'in', ['client_secret_post', 'client_secret_basic'])
    .returning('client_id')
    .executeTakeFirst()
  return updatedClient && clientSecret
}

/** Deletes the client with its grants and tokens. Returns false if there is none. */
export async function deleteClient(db: Db, clientId: string): Promise<boolean> {
  return (
    (await db
      .deleteFrom('oauth_clients')
      .where('client_id', '=', clientId)
      .returning('client_id')
      .executeTakeFirst()) !== undefined
  )
}

/**
 * Inserts or updates the client that a metadata document describes. Its scope stays: an operator
 * may have narrowed it. A client that an operator registered under this client_id is not changed.
 */
export async function upsertDocumentClient(
  trx: Trx,
  clientId: string,
  metadata: ClientMetadata & { token_endpoint_auth_methods: TokenEndpointAuthMethod[] }
): Promise<Client> {
  const { token_endpoint_auth_methods: methods, scope, ...documentMetadata } = metadata
  const documentColumns = {
    ...metadataColumns(documentMetadata),
    token_endpoint_auth_methods: JSON.stringify(methods)
  }
  await trx
    .insertInto('oauth_clients')
    .values({
      ...documentColumns,
      scope,
      client_id: clientId,
      registration: 'metadata_document',
      require_pkce: true
    })
    .onConflict((conflict) =>
      conflict
        .column('client_id')
        .doUpdateSet({ ...documentColumns, updated_at: sql`now()` })
        .where('oauth_clients.registration', '=', 'metadata_document')
    )
    .execute()
  return trx
    .selectFrom('oauth_clients')
    .selectAll()
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
}

/** Records that a user approved the client or that it got a token, at most once a minute. */
export async function touchClient(db: Db, clientId: string): Promise<void> {
  await db
    .updateTable('oauth_clients')
    .set({ last_used_at: sql`now()` })
    .where('client_id', '=', clientId)
    .where(isUseDue())
    .execute()
}
