import type { FastifyInstance } from 'fastify'
import { type Client, findClient } from '../../../db/oauth/clients.ts'
import {
  DocumentUnavailableError,
  findDocumentClient,
  isMetadataDocumentUrl,
  renewDocumentClient
} from './metadata-document/index.ts'
import { pageFault } from '../../error-handler/page-fault.ts'

/**
 * The client of that client_id, in whichever way it was registered; undefined when there is none.
 * Fetches nothing.
 */
export async function resolveClient(
  app: FastifyInstance,
  clientId: string
): Promise<Client | undefined> {
  if (isDocumentClientId(app, clientId)) return findDocumentClient(app, clientId)
  const client = await findClient(app.db, clientId)
  return client?.registration === 'metadata_document' && !app.config.CLIENT_ID_METADATA_DOCUMENTS
    ? undefined
    : client
}

/**
 * The same, but the metadata document that a client_id names is fetched or renewed first. For
 * signed-in people only: anonymous visitors must not choose what this server fetches. Throws
 * PageError.
 */
export async function fetchClient(
  app: FastifyInstance,
  clientId: string
): Promise<Client | undefined> {
  if (!isDocumentClientId(app, clientId)) return resolveClient(app, clientId)
  try {
    return await renewDocumentClient(app, clientId)
  } catch (error) {
    if (!(error instanceof DocumentUnavailableError)) throw error
    throw pageFault(400, 'clientDocument', {
      reason: error.reason,
      received: [
        ['client_id', clientId],
        ['problem', error.message]
      ]
    })
  }
}

/** Whether the client_id is the URL of a metadata document, and such documents are enabled. */
export function isDocumentClientId(app: FastifyInstance, clientId: string): boolean {
  return app.config.CLIENT_ID_METADATA_DOCUMENTS && isMetadataDocumentUrl(clientId)
}

/** The name that people see; clients may register without one. */
export function displayName({ client_name, client_id }: Client): string {
  return client_name || client_id
}
