import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { OauthClientsTable, Registration, TokenEndpointAuthMethod } from './tables/index.ts'
import { digest, newSecret } from './secrets.ts'

export type Client = Selectable<OauthClientsTable>

export interface ClientMetadata {
  client_name: string
  redirect_uris: string[]
  grant_types?: string[]
  scope: string
  token_endpoint_auth_method: TokenEndpointAuthMethod
  require_pkce?: boolean
  registration?: Registration
  access_token_seconds?: number | null
  disabled_at?: Date | null
}

export function findClient (db: Db, clientId: string): Promise<Client | undefined> {
  return db.selectFrom('oauth_clients').selectAll().where('client_id', '=', clientId).executeTakeFirst()
}

/** The client, locked until the transaction ends: changes of one client go one after the other. */
export function lockClient (trx: Trx, clientId: string): Promise<Client | undefined> {
  return trx.selectFrom('oauth_clients').selectAll().where('client_id', '=', clientId).forUpdate().executeTakeFirst()
}

export function listClients (db: Db): Promise<Client[]> {
  return db.selectFrom('oauth_clients').selectAll().orderBy('created_at').orderBy('client_id').execute()
}

/** undefined when the client_id is taken. A client with a secret gets a new one; the plaintext is in the answer and nowhere else. */
export async function issueClient (db: Db, clientId: string, metadata: ClientMetadata): Promise<{ client: Client, client_secret?: string } | undefined> {
  const secret = metadata.token_endpoint_auth_method === 'none' ? undefined : newSecret()
  const client = await db.insertInto('oauth_clients')
    .values({ ...row(metadata), client_id: clientId, client_secret_hash: secret === undefined ? null : digest(secret) })
    .onConflict((conflict) => conflict.doNothing()).returningAll().executeTakeFirst()
  if (!client) return undefined
  return secret === undefined ? { client } : { client, client_secret: secret }
}

/** Inserts the client, or sets the named columns of the one there is; with the given secret. */
export async function upsertClient (db: Db, clientId: string, metadata: ClientMetadata, secret: string): Promise<Client> {
  const hash = { client_secret_hash: digest(secret) }
  return db.insertInto('oauth_clients').values({ ...row(metadata), ...hash, client_id: clientId })
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet({ ...hash, updated_at: sql`now()` }))
    .returningAll().executeTakeFirstOrThrow()
}

/** Changes the named columns; undefined when there is no such client. */
export function updateClient (db: Db, clientId: string, change: Partial<ClientMetadata>): Promise<Client | undefined> {
  return db.updateTable('oauth_clients').set({ ...row(change), updated_at: sql`now()` })
    .where('client_id', '=', clientId).returningAll().executeTakeFirst()
}

/** Replaces the secret; returns the new one, or undefined when there is no such client or it is a public one. */
export async function rotateClientSecret (db: Db, clientId: string): Promise<string | undefined> {
  const secret = newSecret()
  const changed = await db.updateTable('oauth_clients').set({ client_secret_hash: digest(secret), updated_at: sql`now()` })
    .where('client_id', '=', clientId).where('token_endpoint_auth_method', '<>', 'none').returning('client_id').executeTakeFirst()
  return changed && secret
}

/** Deletes the client with all its grants and tokens. */
export async function deleteClient (db: Db, clientId: string): Promise<boolean> {
  return await db.deleteFrom('oauth_clients').where('client_id', '=', clientId).returning('client_id').executeTakeFirst() !== undefined
}

function row<M extends Partial<ClientMetadata>> ({ redirect_uris: uris, grant_types: grantTypes, ...columns }: M) {
  return { ...columns, ...(uris && { redirect_uris: JSON.stringify(uris) }), ...(grantTypes && { grant_types: JSON.stringify(grantTypes) }) }
}
