import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { PageError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { fetchClient, isDocumentClientId, resolveClient } from '../client/client.ts'
import { disabledClientPage, unknownClientPage } from './unknown-client-page.ts'
import { isRegisteredRedirectUri } from './redirect-uri.ts'
import { pageFault } from '../../error-handler/page-fault.ts'
import { catalogues } from '../../../views/texts/index.ts'
import { commandName } from '../../../lib/command-name.ts'

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
    throw pageFault(400, 'repeatedParameter', {
      reason: 'repeated_parameter',
      received: repeatedNames.map((name) => [name, parameters.all(name).join(' ')])
    })
  }
  const clientId = parameters.get('client_id')
  if (clientId === undefined) {
    throw pageFault(400, 'clientIdMissing', { reason: 'client_id_missing' })
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
    throw pageFault(400, 'redirectUriMissing', { reason: 'redirect_uri_missing' })
  }
  const isMalformed = parameters.malformed.includes('redirect_uri')
  if (isMalformed || !isRegisteredRedirectUri(client.redirect_uris, redirectUri)) {
    throw new UnregisteredRedirectUriError(client.client_id, redirectUri)
  }
  return redirectUri
}

/**
 * The address is never redirected to. The page shows what came and, to an administrator, the
 * command that allows it.
 */
export class UnregisteredRedirectUriError extends PageError {
  readonly allowCommand: string
  constructor(clientId: string, redirectUri: string) {
    const { title, text, advice } = catalogues.en.faults.unknownRedirectUri
    super(400, title, text, {
      key: 'unknownRedirectUri',
      reason: 'redirect_uri_mismatch',
      advice,
      received: [
        ['client_id', clientId],
        ['redirect_uri', redirectUri]
      ]
    })
    const [quotedId, quotedUri] = [quoteForShell(clientId), quoteForShell(redirectUri)]
    this.allowCommand = `${commandName} client update ${quotedId} --redirect-uri ${quotedUri}`
  }
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
