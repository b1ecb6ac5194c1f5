import type { FastifyInstance } from 'fastify'
import { insertAuditLog } from '../../../../db/audit/audit-logs.ts'
import {
  findMetadataDocument,
  prolongMetadataDocument,
  replaceMetadataDocument,
  type StoredDocument
} from '../../../../db/oauth/client-metadata-documents.ts'
import { type Client, findClient, upsertDocumentClient } from '../../../../db/oauth/clients.ts'
import { DocumentUnavailable, type FetchedDocument, fetchDocument, readDocument } from './fetch.ts'
import { snapshots } from './snapshots.ts'

export { DocumentUnavailable } from './fetch.ts'
export { isMetadataDocumentUrl } from './url.ts'

/**
 * How long a stored copy serves before its publisher, who could not be reached, is asked again, in
 * seconds.
 */
const RETRY_SECONDS = 300

const underWay = new Map<string, Promise<Client>>()

/**
 * The client behind a metadata document. A fresh stored copy is used as it is; an old one is
 * renewed when `mayFetch`, and serves on while its publisher cannot be reached. undefined: there is
 * no copy, nor one that comes with this program, and it may not be fetched. Throws
 * DocumentUnavailable.
 */
export async function documentClient(
  app: FastifyInstance,
  clientId: string,
  mayFetch: boolean
): Promise<Client | undefined> {
  const { client, settled } = await find(app, clientId)
  if (settled) return client
  if (!mayFetch) {
    return client ?? (clientId in snapshots ? keep(app, clientId, shipped(clientId, 0)) : undefined)
  }
  const key = `${app.publicUrl} ${clientId}` // whoever asks meanwhile gets the same answer
  const renewing = underWay.get(key) ?? renew(app, clientId).finally(() => underWay.delete(key))
  underWay.set(key, renewing)
  return renewing
}

/**
 * What is stored, and whether it counts without asking anybody: a fresh copy, or a client that an
 * operator registered by that name.
 */
async function find(
  app: FastifyInstance,
  clientId: string
): Promise<{ client?: Client | undefined; stored?: StoredDocument | undefined; settled: boolean }> {
  const [client, stored] = await Promise.all([
    findClient(app.db, clientId),
    findMetadataDocument(app.db, clientId)
  ])
  return {
    client,
    stored: client && stored,
    settled:
      client !== undefined &&
      (client.registration !== 'metadata_document' || stored?.fresh === true)
  }
}

/** Looks again first: somebody else may have renewed it since. */
async function renew(app: FastifyInstance, clientId: string): Promise<Client> {
  const { client, stored, settled } = await find(app, clientId)
  if (client && settled) return client
  try {
    const fetched = await fetchDocument(app, clientId, stored?.etag ?? null)
    if (fetched !== 'unchanged') return await keep(app, clientId, fetched)
    await prolongMetadataDocument(app.db, clientId, RETRY_SECONDS)
  } catch (error) {
    if (!(error instanceof DocumentUnavailable)) throw error
    if (!stored && !(clientId in snapshots)) throw error
    app.log.warn(
      { client_id: clientId, reason: error.reason, said: error.message },
      'client metadata document unavailable; a copy is used'
    )
    await insertAuditLog(app.db, {
      action: 'oauth.client.document_unavailable',
      client_id: clientId,
      reason: error.reason,
      details: { used: stored ? 'stored copy' : 'shipped copy' }
    })
    if (!stored) return keep(app, clientId, shipped(clientId, RETRY_SECONDS))
    await prolongMetadataDocument(app.db, clientId, RETRY_SECONDS)
  }
  return (await findClient(app.db, clientId))!
}

function shipped(clientId: string, seconds: number): FetchedDocument {
  return { document: { client_id: clientId, ...snapshots[clientId] }, etag: null, seconds }
}

/**
 * Everything is checked before anything is stored, so a document that went bad does not replace a
 * good one.
 */
async function keep(
  app: FastifyInstance,
  clientId: string,
  fetched: FetchedDocument
): Promise<Client> {
  const stated = readDocument(clientId, fetched.document)
  return app.db.transaction().execute(async (trx) => {
    const client = await upsertDocumentClient(trx, clientId, stated)
    await replaceMetadataDocument(trx, clientId, fetched)
    return client
  })
}
