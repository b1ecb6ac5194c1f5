import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import { lookup } from './lookup.ts'
import {
  type ApplicationType,
  type JwkSet,
  oauthClientColumns,
  type OauthClientsTable,
  type Registration,
  type TokenEndpointAuthMethod
} from './tables/index.ts'
import { digest, newSecret } from './secrets.ts'
import { isBehind, MAX_COUNTED, type Page } from './page.ts'

/** What a registration access token looks like (RFC 7592 §3). */
export const REGISTRATION_TOKEN_PREFIX = 'kgm_'

export type Client = Selectable<OauthClientsTable>

export interface ClientMetadata {
  client_name: string
  redirect_uris: string[]
  scope: string
  token_endpoint_auth_method: TokenEndpointAuthMethod
  require_pkce?: boolean
  registration?: Registration
  access_token_seconds?: number | null
  disabled_at?: Date | null
  grant_types?: string[]
  response_types?: string[]
  application_type?: ApplicationType
  client_uri?: string | null
  logo_uri?: string | null
  tos_uri?: string | null
  policy_uri?: string | null
  software_id?: string | null
  software_version?: string | null
  jwks?: JwkSet | null
  jwks_uri?: string | null
  dpop_bound_access_tokens?: boolean
}

/** Whether a client that proves itself so has a secret of ours. */
export function hasSecret(method: TokenEndpointAuthMethod): boolean {
  return method === 'client_secret_post' || method === 'client_secret_basic'
}

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
      ...row(metadata),
      client_id: clientId,
      client_secret_hash: secret === undefined ? null : digest(secret)
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
  const hash = { client_secret_hash: digest(secret) }
  return db
    .insertInto('oauth_clients')
    .values({ ...row(metadata), ...hash, client_id: clientId })
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
    .set({ ...row(change), updated_at: sql`now()` })
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
    .set({ client_secret_hash: digest(secret), updated_at: sql`now()` })
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
 * A client that registered itself, and the token by which it manages that (RFC 7592). Both secrets
 * are in the answer and nowhere else.
 */
export interface RegisteredClient {
  client: Client
  client_secret?: string
  registration_access_token: string
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
  const said = { ...row(stated), token_endpoint_auth_methods: JSON.stringify(methods) }
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
      ...row(metadata),
      client_id: sql`gen_random_uuid()::text`,
      client_secret_hash: secret === undefined ? null : digest(secret),
      registration: 'dynamic',
      require_pkce: true,
      registration_token_hash: digest(registrationToken)
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
    .where('registration_token_hash', '=', digest(registrationToken)) // unique index
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
      ...row(metadata),
      client_secret_hash: hasSecret(metadata.token_endpoint_auth_method)
        ? sql<string>`case when token_endpoint_auth_method in ('client_secret_post', 'client_secret_basic') then coalesce(client_secret_hash, ${digest(secret)}) else ${digest(secret)} end`
        : null,
      registration_token_hash: digest(nextToken),
      updated_at: sql`now()`
    })
    .where('registration_token_hash', '=', digest(registrationToken))
    .where('client_id', '=', clientId)
    .where('disabled_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return (
    client && {
      client,
      ...(client.client_secret_hash === digest(secret) && { client_secret: secret }),
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
      .where('registration_token_hash', '=', digest(registrationToken))
      .where('client_id', '=', clientId)
      .where('disabled_at', 'is', null)
      .returning('client_id')
      .executeTakeFirst()) !== undefined
  )
}

/**
 * Registrations of the last hour that nobody has used, from one network and in all, each with the
 * seconds until the oldest of them no longer counts.
 */
export interface UnusedRegistrations {
  network: number
  network_seconds: number
  all: number
  all_seconds: number
}

export function countUnusedRegistrations(db: Db, network: string): Promise<UnusedRegistrations> {
  const seconds = sql<number>`ceil(coalesce(extract(epoch from min(created_at) + interval '1 hour' - now()), 0))::integer`
  const here = sql`filter (where registered_from = ${network})`
  return db
    .selectFrom('oauth_clients')
    .select([
      sql<number>`count(*) ${here}`.as('network'),
      sql<number>`ceil(coalesce(extract(epoch from min(created_at) ${here} + interval '1 hour' - now()), 0))::integer`.as(
        'network_seconds'
      ),
      sql<number>`count(*)`.as('all'),
      seconds.as('all_seconds')
    ])
    .where('registration', '=', 'dynamic')
    .where('last_used_at', 'is', null)
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`) // index oauth_clients_unused
    .where('registration', '<>', 'operator')
    .executeTakeFirstOrThrow()
}

/**
 * Deletes a self-registered client of the last hour that nobody used: the oldest of the network
 * that has the most of them, so that a flood makes room at its own cost. None that is used at this
 * instant.
 */
export async function deleteCrowdingRegistration(db: Db): Promise<void> {
  const unused = db
    .selectFrom('oauth_clients')
    .where('registration', '=', 'dynamic')
    .where('last_used_at', 'is', null)
    .where('created_at', '>', sql<Date>`now() - interval '1 hour'`) // index oauth_clients_unused
  const crowd = unused
    .select('registered_from')
    .groupBy('registered_from')
    .orderBy(sql`count(*)`, 'desc')
    .orderBy(sql`min(created_at)`)
    .limit(1)
  const oldest = unused
    .select('client_id')
    .where(({ eb }) => eb('registered_from', 'is not distinct from', crowd))
    .orderBy('created_at')
    .orderBy('client_id')
    .limit(1)
    .forUpdate()
    .skipLocked()
  await db.deleteFrom('oauth_clients').where('client_id', 'in', oldest).execute()
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

/**
 * Deletes a thousand self-registered clients, at most, that have no live grant and were never used
 * for a day, or not for 90 days. Returns how many.
 */
export async function deleteUnusedClients(db: Db): Promise<number> {
  const unused = db
    .selectFrom('oauth_clients as c')
    .select('c.client_id')
    .where('c.registration', '<>', 'operator')
    .where(
      sql<boolean>`case when c.last_used_at is null then c.created_at < now() - interval '1 day' else c.last_used_at < now() - interval '90 days' end`
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('oauth_grants as g')
            .select('g.grant_id')
            .whereRef('g.client_id', '=', 'c.client_id')
            .where('g.revoked_at', 'is', null)
            .where(isInUse)
        )
      )
    )
    // Who is being approved at this instant is locked, and then has been used.
    .limit(1000)
    .forUpdate()
    .skipLocked()
  const deleted = await db
    .deleteFrom('oauth_clients')
    .where('client_id', 'in', unused)
    .returning('client_id')
    .execute()
  return deleted.length
}

/** Whether a grant has anything by which its client can still reach the person's memories. */
const isInUse = sql<boolean>`(
  exists (select from oauth_tokens t where t.grant_id = g.grant_id and not t.revoked
    and greatest(t.refresh_expires_at, t.issued_at + make_interval(secs => t.expires_in)) > now())
  or exists (select from oauth_authorization_codes a where a.grant_id = g.grant_id and a.used_at is null and a.expires_at > now())
  or exists (select from oauth_device_codes d where d.grant_id = g.grant_id and d.used_at is null and d.expires_at > now()))`

function row<M extends Partial<ClientMetadata>>({
  redirect_uris: uris,
  grant_types: grantTypes,
  response_types: responseTypes,
  jwks,
  ...columns
}: M) {
  return {
    ...columns,
    ...(uris && { redirect_uris: JSON.stringify(uris) }),
    ...(grantTypes && { grant_types: JSON.stringify(grantTypes) }),
    ...(responseTypes && { response_types: JSON.stringify(responseTypes) }),
    ...(jwks !== undefined && { jwks: jwks && JSON.stringify(jwks) })
  }
}
