import type { FastifyInstance } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import { PageError } from '../../../lib/errors.ts'
import type { Parameters } from '../../form-parameters.ts'
import { resolveClient } from '../client/client.ts'
import { disabledClient, unknownClient } from './unknown-client-page.ts'
import { isRegisteredRedirectUri } from './redirect-uri.ts'

/** Who asks: one client that is known and not disabled. Throws PageError. */
export async function requireClient(app: FastifyInstance, parameters: Parameters): Promise<Client> {
  const clientId = parameters.get('client_id')
  const doubled = parameters
    .repeated()
    .filter((name) => name === 'client_id' || name === 'redirect_uri')
  if (doubled.length > 0) {
    throw new PageError(
      400,
      'Invalid request',
      `The app sent ${doubled.join(' and ')} more than once.`,
      { reason: 'repeated_parameter' }
    )
  }
  if (clientId === undefined) {
    throw new PageError(
      400,
      'Invalid request',
      'The app did not say who it is: client_id is missing.',
      {
        reason: 'client_id_missing',
        advice:
          'This address is for apps that connect to your memory. Start from the app: add this service there as a connector.'
      }
    )
  }
  const client = parameters.malformed.includes('client_id')
    ? undefined
    : await resolveClient(app, clientId)
  if (!client || client.disabled_at) {
    throw client ? disabledClient(clientId) : unknownClient(clientId)
  }
  return client
}

/** Where the answer goes: a registered address. Throws PageError. */
export function requireRedirectUri(client: Client, parameters: Parameters): string {
  const given = parameters.get('redirect_uri')
  if (given === undefined) {
    const [only, ...others] = client.redirect_uris
    if (only !== undefined && others.length === 0 && isRegisteredRedirectUri([only], only)) {
      return only
    }
    throw new PageError(
      400,
      'Invalid request',
      'The app did not say where to send you back: redirect_uri is missing.',
      { reason: 'redirect_uri_missing' }
    )
  }
  if (
    parameters.malformed.includes('redirect_uri') ||
    !isRegisteredRedirectUri(client.redirect_uris, given)
  ) {
    throw new UnregisteredRedirectUri(client.client_id, given)
  }
  return given
}

/**
 * Never redirected to; the page shows what came and, to an administrator, the command that allows
 * it.
 */
export class UnregisteredRedirectUri extends PageError {
  readonly allowCommand: string
  constructor(clientId: string, received: string) {
    super(
      400,
      'Unknown redirect address',
      'The app wants you sent back to an address that is not registered for it, so nothing was sent there.',
      {
        reason: 'redirect_uri_mismatch',
        advice: 'If you trust this app, an administrator can add the address to its registration.',
        received: [
          ['client_id', clientId],
          ['redirect_uri', received]
        ]
      }
    )
    const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
    this.allowCommand = `npx kagura client update ${quoted(clientId)} --redirect-uri ${quoted(received)}`
  }
}
