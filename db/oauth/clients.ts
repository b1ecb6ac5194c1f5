import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { lookup } from '../connection/lookup.ts'
import { type ClientMetadata, hasSecret, rowOf } from './client-metadata.ts'
import { isBehind, MAX_COUNTED, type Page } from '../connection/page.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import {
  oauthClientColumns,
  type OauthClientsTable,
  type TokenEndpointAuthMethod
} from '../schema/index.ts'

export type Client = Selectable<OauthClientsTable>

const findById = lookup('find_client', ['client_id'], (db, of) =>
  db.selectFrom('oauth_clients').select(oauthClientColumns).where('client_id', '=', of.client_id)
)

export function findClient(db: Db, clientId: string): Promise<Client | undefined> {
  return findById(db, { client_id: clientId })
}

/** The client, locked until the transaction ends: changes of one client go one after the other. */
export function lockClient(trx: Trx, clientId: string): Promise<Client | undefined> {
  return trx
    .selectFrom('oauth_clients')
    .selectAll()
    .where('client_id', '=', clientId)
    .forUpdate()
    .executeTakeFirst()
}

/** In the order in which they came. */
export function listClients(db: Db, { limit, after }: Page): Promise<Client[]> {
  const behind = { table: 'oauth_clients', id: 'client_id', order: 'ascending' as const }
  return db
    .selectFrom('oauth_clients')
    .selectAll()
    .$if(after !== undefined, (query) => query.where(isBehind(behind, after!)))
    .orderBy('created_at')
    .orderBy('client_id')
    .limit(limit)
    .execute()
}

/** How many there are; MAX_COUNTED stands for that or more. */
export async function countClients(db: Db): Promise<number> {
  const all = db.selectFrom('oauth_clients').select('client_id').limit(MAX_COUNTED)
  const { count } = await db
    .selectFrom(all.as('a'))
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/**
 * undefined when the client_id is taken. A client with a secret gets a new one; the plaintext is in
 * the answer and nowhere else.
 */
export async function issueClient(
  db: Db,
  clientId: string,
  metadata: ClientMetadata
): Promise<{ client: Client; client_secret?: string } | undefined> {
  const secret = hasSecret(metadata.token_endpoint_auth_method) ? newSecret() : undefined
  const client = await db
    .insertInto('oauth_clients')
    .values({
      ...rowOf(metadata),
      client_id: clientId,
      client_secret_hash: secret === undefined ? null : secretDigest(secret)
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!client) return undefined
  return secret === undefined ? { client } : { client, client_secret: secret }
}

/**
 * Inserts the client with the given secret; of one that is there already the secret alone changes.
 */
export async function upsertClient(
  db: Db,
  clientId: string,
  metadata: ClientMetadata,
  secret: string
): Promise<Client> {
  const hash = { client_secret_hash: secretDigest(secret) }
  return db
    .insertInto('oauth_clients')
    .values({ ...rowOf(metadata), ...hash, client_id: clientId })
    .onConflict((conflict) =>
      conflict.column('client_id').doUpdateSet({ ...hash, updated_at: sql`now()` })
    )
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Changes the named columns; undefined when there is no such client. */
export function updateClient(
  db: Db,
  clientId: string,
  change: Partial<ClientMetadata>
): Promise<Client | undefined> {
  return db
    .updateTable('oauth_clients')
    .set({ ...rowOf(change), updated_at: sql`now()` })
    .where('client_id', '=', clientId)
    .returningAll()
    .executeTakeFirst()
}

/**
 * Replaces the secret of the column; returns the new one, or undefined when there is no such client
 * or it has no secret.
 */
export async function rotateClientSecret(db: Db, clientId: string): Promise<string | undefined> {
  const secret = newSecret()
  const changed = await db
    .updateTable('oauth_clients')
    .set({ client_secret_hash: secretDigest(secret), updated_at: sql`now()` })
    .where('client_id', '=', clientId)
    .where('token_endpoint_auth_method', 'in', ['client_secret_post', 'client_secret_basic'])
    .returning('client_id')
    .executeTakeFirst()
  return changed && secret
}

/** Deletes the client with all its grants and tokens. */
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
 * The client that a metadata document describes, inserted or brought up to date. Its scope stays
 * what it is: an operator may have narrowed it. A client that an operator registered by that name
 * is left alone.
 */
export async function upsertDocumentClient(
  trx: Trx,
  clientId: string,
  metadata: ClientMetadata & { token_endpoint_auth_methods: TokenEndpointAuthMethod[] }
): Promise<Client> {
  const { token_endpoint_auth_methods: methods, scope, ...stated } = metadata
  const said = { ...rowOf(stated), token_endpoint_auth_methods: JSON.stringify(methods) }
  await trx
    .insertInto('oauth_clients')
    .values({
      ...said,
      scope,
      client_id: clientId,
      registration: 'metadata_document',
      require_pkce: true
    })
    .onConflict((conflict) =>
      conflict
        .column('client_id')
        .doUpdateSet({ ...said, updated_at: sql`now()` })
        .where('oauth_clients.registration', '=', 'metadata_document')
    )
    .execute()
  return trx
    .selectFrom('oauth_clients')
    .selectAll()
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
}

/**
 * Notes that the client was used: that a person approved it, or that it was given a token. At most
 * once a minute.
 */
export async function touchClient(db: Db, clientId: string): Promise<void> {
  await db
    .updateTable('oauth_clients')
    .set({ last_used_at: sql`now()` })
    .where('client_id', '=', clientId)
    .where(sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`)
    .execute()
}
