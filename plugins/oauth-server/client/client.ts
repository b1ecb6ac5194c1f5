import type { FastifyInstance } from 'fastify'
import { type Client, findClient } from '../../../db/oauth/clients.ts'
import { PageError } from '../../../lib/errors.ts'
import {
  DocumentUnavailable,
  documentClient,
  isMetadataDocumentUrl
} from './metadata-document/index.ts'

/**
 * The client of that client_id, however it came to be registered; undefined when there is none.
 * Nothing is fetched.
 */
export async function resolveClient(
  app: FastifyInstance,
  clientId: string
): Promise<Client | undefined> {
  if (isDocumentClientId(app, clientId)) return documentClient(app, clientId, false)
  const client = await findClient(app.db, clientId)
  return client?.registration === 'metadata_document' && !app.config.CLIENT_ID_METADATA_DOCUMENTS
    ? undefined
    : client
}

/**
 * Before an authorization request is checked: when its client_id names a metadata document, that is
 * fetched, or renewed. Only for somebody who is signed in: an anonymous visitor cannot make this
 * service fetch what he likes. False: he must sign in first. Throws PageError.
 */
export async function fetchClient(
  app: FastifyInstance,
  clientId: string | undefined,
  signedIn: boolean
): Promise<boolean> {
  if (clientId === undefined || !isDocumentClientId(app, clientId)) return true
  try {
    return (await documentClient(app, clientId, signedIn)) !== undefined
  } catch (error) {
    if (!(error instanceof DocumentUnavailable)) throw error
    throw new PageError(
      400,
      'Client metadata unavailable',
      `The app describes itself in a document that cannot be used: ${error.message}.`,
      {
        reason: error.reason,
        advice:
          'Try again in a few minutes. If it stays so, the maker of the app has to mend the document, or an administrator can register the app by hand.',
        received: [['client_id', clientId]]
      }
    )
  }
}

function isDocumentClientId(app: FastifyInstance, clientId: string): boolean {
  return app.config.CLIENT_ID_METADATA_DOCUMENTS && isMetadataDocumentUrl(clientId)
}
