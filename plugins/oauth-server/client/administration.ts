import { randomUUID } from 'node:crypto'
import { insertAuditLog } from '../../../db/audit/audit-logs.ts'
import type { Db } from '../../../db/connection/connect.ts'
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
import type { Auditor } from '../../../domain/people/administration.ts'

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
  return db.transaction().execute(async (trx) => {
    if (!(await lockClient(trx, clientId))) return undefined
    const details = { changed: Object.keys(change) }
    await insertAuditLog(trx, audit('oauth.client.updated', { client_id: clientId, details }))
    return updateClient(trx, clientId, change)
  })
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
  return db.transaction().execute(async (trx) => {
    const client = await lockClient(trx, clientId)
    if (!client || !hasSecret(client.token_endpoint_auth_method)) return undefined
    const formerExpiry =
      overlap === 0 ? undefined : await insertFormerSecret(trx, clientId, overlap)
    if (!formerExpiry) await deleteFormerSecrets(trx, clientId)
    const details = formerExpiry ? { former_secret_expires_at: formerExpiry } : {}
    const entry = audit('oauth.client.secret_rotated', { client_id: clientId, details })
    await insertAuditLog(trx, entry)
    return rotateClientSecret(trx, clientId)
  })
}

/** Deletes a client with everything granted to it. Returns the ended connections. */
export function removeClient(
  db: Db,
  clientId: string,
  audit: Auditor
): Promise<{ client_name: string; grants: number } | undefined> {
  return db.transaction().execute(async (trx) => {
    const client = await lockClient(trx, clientId)
    if (!client) return undefined
    const grants = await countLiveGrants(trx, clientId)
    await deleteClient(trx, clientId)
    const details = { client_name: client.client_name }
    await insertAuditLog(trx, audit('oauth.client.deleted', { client_id: clientId, details }))
    return { client_name: client.client_name, grants }
  })
}
