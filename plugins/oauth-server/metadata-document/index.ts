import type { FastifyInstance } from 'fastify'
import { insertAuditLog } from '../../../db/audit-logs.ts'
import { findMetadataDocument, prolongMetadataDocument, replaceMetadataDocument, type StoredDocument } from '../../../db/oauth-client-metadata-documents.ts'
import { type Client, findClient, upsertDocumentClient } from '../../../db/oauth-clients.ts'
import { DocumentUnavailable, type FetchedDocument, fetchDocument, readDocument } from './fetch.ts'
import { snapshots } from './snapshots.ts'

export { DocumentUnavailable } from './fetch.ts'
export { isMetadataDocumentUrl } from './url.ts'

/** How long a stored copy serves before its publisher, who could not be reached, is asked again, in seconds. */
const RETRY_SECONDS = 300

const underWay = new Map<string, Promise<Client>>()

/**
 * The client behind a metadata document. A fresh stored copy is used as it is; an old one is renewed when `mayFetch`, and serves on while its
 * publisher cannot be reached. undefined: there is no copy, and it may not be fetched. Throws DocumentUnavailable.
 */
export async function documentClient (app: FastifyInstance, clientId: string, mayFetch: boolean): Promise<Client | undefined> {
  const [client, stored] = await Promise.all([findClient(app.db, clientId), findMetadataDocument(app.db, clientId)])
  if (client && client.registration !== 'metadata_document') return client // an operator registered it by that name
  if (client && stored?.fresh) return client
  if (!mayFetch) return client
  const key = `${app.publicUrl} ${clientId}` // whoever asks meanwhile gets the same answer
  const renewing = underWay.get(key) ?? renew(app, clientId, client && stored).finally(() => underWay.delete(key))
  underWay.set(key, renewing)
  return renewing
}

async function renew (app: FastifyInstance, clientId: string, stored: StoredDocument | undefined): Promise<Client> {
  try {
    const fetched = await fetchDocument(app, clientId, stored?.etag ?? null)
    if (fetched !== 'unchanged') return await keep(app, clientId, fetched)
    await prolongMetadataDocument(app.db, clientId, RETRY_SECONDS)
  } catch (error) {
    if (!(error instanceof DocumentUnavailable)) throw error
    const snapshot = snapshots[clientId]
    if (!stored && !snapshot) throw error
    app.log.warn({ client_id: clientId, reason: error.reason, said: error.message }, 'client metadata document unavailable; a copy is used')
    await insertAuditLog(app.db, { action: 'oauth.client.document_unavailable', client_id: clientId, reason: error.reason, details: { used: stored ? 'stored copy' : 'shipped copy' } })
    if (!stored) return keep(app, clientId, { document: { client_id: clientId, ...snapshot }, etag: null, seconds: RETRY_SECONDS })
    await prolongMetadataDocument(app.db, clientId, RETRY_SECONDS)
  }
  return (await findClient(app.db, clientId))!
}

/** Everything is checked before anything is stored, so a document that went bad does not replace a good one. */
async function keep (app: FastifyInstance, clientId: string, fetched: FetchedDocument): Promise<Client> {
  const stated = readDocument(clientId, fetched.document)
  return app.db.transaction().execute(async (trx) => {
    const client = await upsertDocumentClient(trx, clientId, stated)
    await replaceMetadataDocument(trx, clientId, fetched)
    return client
  })
}
