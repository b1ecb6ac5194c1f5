import type { FastifyInstance } from 'fastify'
import { insertAuditLog } from '../../../../db/audit/audit-logs.ts'
import {
  findMetadataDocument,
  prolongMetadataDocument,
  replaceMetadataDocument,
  type StoredDocument
} from '../../../../db/oauth/client-metadata-documents.ts'
import { type Client, findClient, upsertDocumentClient } from '../../../../db/oauth/clients.ts'
import {
  DocumentUnavailableError,
  type FetchedDocument,
  fetchDocument,
  readDocument
} from './fetch.ts'
import { snapshots } from './snapshots.ts'

export { DocumentUnavailableError } from './fetch.ts'
export { isMetadataDocumentUrl } from './url.ts'

/** How long a stored copy serves after its publisher could not be reached, in seconds. */
const RETRY_SECONDS = 300

const pendingRenewals = new Map<string, Promise<Client>>()

/**
 * The client behind a metadata document, from the stored copy however old it is, or from the copy
 * that comes with this program. undefined when there is neither. Fetches nothing.
 */
export async function findDocumentClient(
  app: FastifyInstance,
  clientId: string
): Promise<Client | undefined> {
  const { client } = await findStoredCopy(app, clientId)
  if (client) return client
  return clientId in snapshots
    ? storeDocument(app, clientId, shippedDocument(clientId, 0))
    : undefined
}

/**
 * The same, but an old copy is renewed first. It serves on while its publisher cannot be reached.
 * Throws DocumentUnavailableError.
 */
export async function renewDocumentClient(app: FastifyInstance, clientId: string): Promise<Client> {
  const { client, isCurrent } = await findStoredCopy(app, clientId)
  if (client && isCurrent) return client
  const renewalKey = `${app.publicUrl} ${clientId}` // Concurrent callers share one renewal.
  const renewal =
    pendingRenewals.get(renewalKey) ??
    renewCopy(app, clientId).finally(() => pendingRenewals.delete(renewalKey))
  pendingRenewals.set(renewalKey, renewal)
  return renewal
}

/**
 * What is stored. `isCurrent`: it counts without a fetch, as a fresh copy or as a client that an
 * operator registered by that name.
 */
async function findStoredCopy(
  app: FastifyInstance,
  clientId: string
): Promise<{
  client?: Client | undefined
  storedDocument?: StoredDocument | undefined
  isCurrent: boolean
}> {
  const [client, storedDocument] = await Promise.all([
    findClient(app.db, clientId),
    findMetadataDocument(app.db, clientId)
  ])
  return {
    client,
    storedDocument: client && storedDocument,
    isCurrent:
      client !== undefined &&
      (client.registration !== 'metadata_document' || storedDocument?.fresh === true)
  }
}

/** Reads the copy again first: another request may have renewed it meanwhile. */
async function renewCopy(app: FastifyInstance, clientId: string): Promise<Client> {
  const { client, storedDocument, isCurrent } = await findStoredCopy(app, clientId)
  if (client && isCurrent) return client
  try {
    const fetchedDocument = await fetchDocument(app, clientId, storedDocument?.etag ?? null)
    if (fetchedDocument !== 'unchanged') return await storeDocument(app, clientId, fetchedDocument)
    await prolongMetadataDocument(app.db, clientId, RETRY_SECONDS)
  } catch (error) {
    if (!(error instanceof DocumentUnavailableError)) throw error
    if (!storedDocument && !(clientId in snapshots)) throw error
    await noteUnavailable(app, clientId, error, storedDocument ? 'stored copy' : 'shipped copy')
    if (!storedDocument) {
      return storeDocument(app, clientId, shippedDocument(clientId, RETRY_SECONDS))
    }
    await prolongMetadataDocument(app.db, clientId, RETRY_SECONDS)
  }
  return (await findClient(app.db, clientId))!
}

async function noteUnavailable(
  app: FastifyInstance,
  clientId: string,
  { reason, message }: DocumentUnavailableError,
  usedCopy: 'stored copy' | 'shipped copy'
): Promise<void> {
  app.log.warn(
    { client_id: clientId, reason, errorMessage: message },
    'client metadata document unavailable; a copy is used'
  )
  await insertAuditLog(app.db, {
    action: 'oauth.client.document_unavailable',
    client_id: clientId,
    reason,
    details: { used: usedCopy }
  })
}

function shippedDocument(clientId: string, seconds: number): FetchedDocument {
  return { document: { client_id: clientId, ...snapshots[clientId] }, etag: null, seconds }
}

/** Checks everything before it stores anything: a document that went bad replaces no good one. */
async function storeDocument(
  app: FastifyInstance,
  clientId: string,
  fetchedDocument: FetchedDocument
): Promise<Client> {
  const statedMetadata = readDocument(clientId, fetchedDocument.document)
  return app.db.transaction().execute(async (trx) => {
    const client = await upsertDocumentClient(trx, clientId, statedMetadata)
    await replaceMetadataDocument(trx, clientId, fetchedDocument)
    return client
  })
}
