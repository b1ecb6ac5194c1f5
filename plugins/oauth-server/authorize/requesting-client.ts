import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { PageError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { fetchClient, isDocumentClientId, resolveClient } from '../client/client.ts'
import { disabledClientPage, unknownClientPage } from './unknown-client-page.ts'
import { isRegisteredRedirectUri } from './redirect-uri.ts'

/**
 * The client that the request names, before anything of it is checked; undefined when there is
 * none. `mayFetch`: its metadata document is fetched, or renewed; then throws PageError.
 */
export async function findRequestingClient(
  app: FastifyInstance,
  parameters: Parameters,
  { mayFetch }: { mayFetch: boolean }
): Promise<Client | undefined> {
  const clientId = parameters.get('client_id')
  if (clientId === undefined || parameters.malformed.includes('client_id')) return undefined
  return mayFetch ? fetchClient(app, clientId) : resolveClient(app, clientId)
}

/** The client is not known yet, and its document is fetched for signed-in people only. */
export function mustSignInToFetch(
  app: FastifyInstance,
  parameters: Parameters,
  client: Client | undefined
): boolean {
  const clientId = parameters.get('client_id')
  return client === undefined && clientId !== undefined && isDocumentClientId(app, clientId)
}

/** Who asks: one client that is known and not disabled. Throws PageError. */
export function requireUsableClient(parameters: Parameters, client: Client | undefined): Client {
  const repeatedNames = parameters
    .repeated()
    .filter((name) => name === 'client_id' || name === 'redirect_uri')
  if (repeatedNames.length > 0) {
    throw invalidRequestPage(
      `The app sent ${repeatedNames.join(' and ')} more than once.`,
      'repeated_parameter'
    )
  }
  const clientId = parameters.get('client_id')
  if (clientId === undefined) {
    throw invalidRequestPage(
      'The app did not say who it is: client_id is missing.',
      'client_id_missing',
      'This address is for apps that connect to your memory. ' +
        'Start from the app: add this service there as a connector.'
    )
  }
  if (!client) throw unknownClientPage(clientId)
  if (client.disabled_at) throw disabledClientPage(clientId)
  return client
}

/** Where the answer goes: a registered address. Throws PageError. */
export function requireRedirectUri(client: Client, parameters: Parameters): string {
  const redirectUri = parameters.get('redirect_uri')
  if (redirectUri === undefined) {
    const [onlyUri, ...otherUris] = client.redirect_uris
    const isObvious = onlyUri !== undefined && otherUris.length === 0
    if (isObvious && isRegisteredRedirectUri([onlyUri], onlyUri)) return onlyUri
    throw invalidRequestPage(
      'The app did not say where to send you back: redirect_uri is missing.',
      'redirect_uri_missing'
    )
  }
  const isMalformed = parameters.malformed.includes('redirect_uri')
  if (isMalformed || !isRegisteredRedirectUri(client.redirect_uris, redirectUri)) {
    throw new UnregisteredRedirectUriError(client.client_id, redirectUri)
  }
  return redirectUri
}

function invalidRequestPage(message: string, reason: string, advice?: string): PageError {
  return new PageError(400, 'Invalid request', message, {
    reason,
    ...(advice !== undefined && { advice })
  })
}

/**
 * The address is never redirected to. The page shows what came and, to an administrator, the
 * command that allows it.
 */
export class UnregisteredRedirectUriError extends PageError {
  readonly allowCommand: string
  constructor(clientId: string, redirectUri: string) {
    super(
      400,
      'Unknown redirect address',
      'The app wants you sent back to an address that is not registered for it, ' +
        'so nothing was sent there.',
      {
        reason: 'redirect_uri_mismatch',
        advice: 'If you trust this app, an administrator can add the address to its registration.',
        received: [
          ['client_id', clientId],
          ['redirect_uri', redirectUri]
        ]
      }
    )
    const [quotedId, quotedUri] = [quoteForShell(clientId), quoteForShell(redirectUri)]
    this.allowCommand = `npx kagura client update ${quotedId} --redirect-uri ${quotedUri}`
  }
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
