import { randomUUID } from 'node:crypto'
import { type Auditor, insertAuditLog } from '../../../db/audit/audit-logs.ts'
import type { Db, Trx } from '../../../db/connection/connect.ts'
import { type ClientMetadata, hasSecret } from '../../../db/oauth/client-metadata.ts'
import { deleteFormerSecrets, insertFormerSecret } from '../../../db/oauth/client-secrets.ts'
import {
  type Client,
  deleteClient,
  issueClient,
  lockClient,
  rotateClientSecret,
  updateClient
} from '../../../db/oauth/clients.ts'
import { countLiveGrants } from '../../../db/oauth/grants.ts'

/** Registers a client with a random id, and returns its secret if it has one. */
export function registerClient(
  db: Db,
  metadata: ClientMetadata,
  audit: Auditor
): Promise<{ client: Client; client_secret?: string }> {
  const clientId = randomUUID()
  return db.transaction().execute(async (trx) => {
    const issuedClient = await issueClient(trx, clientId, metadata)
    if (!issuedClient) throw new Error('A random client id was taken.')
    const details = { ...metadata }
    await insertAuditLog(trx, audit('oauth.client.created', { client_id: clientId, details }))
    return issuedClient
  })
}

/** Changes a client, from the next request on; undefined if there is none. */
export function changeClient(
  db: Db,
  clientId: string,
  change: Partial<ClientMetadata>,
  audit: Auditor
): Promise<Client | undefined> {
  return withClient(db, clientId, async (trx, client) => {
    const { client: changedClient } = await changeLockedClient(trx, client, change, audit)
    return changedClient
  })
}

/**
 * Changes a client that the transaction has locked. A client that authenticates with a secret from
 * now on gets a first one, which is returned; one that no longer does loses all former secrets.
 */
export async function changeLockedClient(
  trx: Trx,
  client: Client,
  change: Partial<ClientMetadata>,
  audit: Auditor
): Promise<{ client: Client; secret?: string }> {
  const clientId = client.client_id
  const details = { changed: Object.keys(change) }
  await insertAuditLog(trx, audit('oauth.client.updated', { client_id: clientId, details }))
  const changedClient = (await updateClient(trx, clientId, change))!
  const usesSecret = hasSecret(changedClient.token_endpoint_auth_method)
  if (!usesSecret) await deleteFormerSecrets(trx, clientId)
  if (!usesSecret || hasSecret(client.token_endpoint_auth_method)) return { client: changedClient }
  const { secret } = await rotateLockedSecret(trx, changedClient, 0, audit)
  return { client: changedClient, secret }
}

/**
 * Replaces the secret and returns the new one. The former secret works for `overlap` more seconds;
 * with 0 all former secrets end at once. undefined if the client has no secret.
 */
export function replaceClientSecret(
  db: Db,
  clientId: string,
  overlap: number,
  audit: Auditor
): Promise<string | undefined> {
  return withClient(db, clientId, async (trx, client) => {
    if (!hasSecret(client.token_endpoint_auth_method)) return undefined
    return (await rotateLockedSecret(trx, client, overlap, audit)).secret
  })
}

/**
 * Replaces the secret of a client that the transaction has locked and that authenticates with one.
 * `overlap` is in seconds, as for `replaceClientSecret`.
 */
export async function rotateLockedSecret(
  trx: Trx,
  { client_id: clientId }: Client,
  overlap: number,
  audit: Auditor
): Promise<{ secret: string; formerExpiry?: Date }> {
  const formerExpiry = overlap === 0 ? undefined : await insertFormerSecret(trx, clientId, overlap)
  if (!formerExpiry) await deleteFormerSecrets(trx, clientId)
  const details = formerExpiry ? { former_secret_expires_at: formerExpiry } : {}
  const entry = audit('oauth.client.secret_rotated', { client_id: clientId, details })
  await insertAuditLog(trx, entry)
  const secret = (await rotateClientSecret(trx, clientId))!
  return { secret, ...(formerExpiry && { formerExpiry }) }
}

/** What a deletion ended: the client and its live connections. */
interface ClientRemoval {
  client_name: string
  grants: number
}

/** Deletes a client with everything granted to it. Returns the ended connections. */
export function removeClient(
  db: Db,
  clientId: string,
  audit: Auditor
): Promise<ClientRemoval | undefined> {
  return withClient(db, clientId, (trx, client) => removeLockedClient(trx, client, audit))
}

/** Deletes a client that the transaction has locked, with everything granted to it. */
export async function removeLockedClient(
  trx: Trx,
  { client_id: clientId, client_name }: Client,
  audit: Auditor
): Promise<ClientRemoval> {
  const grants = await countLiveGrants(trx, clientId)
  await deleteClient(trx, clientId)
  const details = { client_name }
  await insertAuditLog(trx, audit('oauth.client.deleted', { client_id: clientId, details }))
  return { client_name, grants }
}

function withClient<T>(
  db: Db,
  clientId: string,
  work: (trx: Trx, client: Client) => Promise<T>
): Promise<T | undefined> {
  return db.transaction().execute(async (trx) => {
    const client = await lockClient(trx, clientId)
    return client && work(trx, client)
  })
}
