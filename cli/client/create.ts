import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { issueClient } from '../../db/oauth/clients.ts'
import type { TokenEndpointAuthMethod } from '../../db/schema/index.ts'
import { DEVICE_GRANT } from '../../plugins/oauth-server/token/device-code.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withTransaction } from '../database.ts'
import type { WithJson } from '../subcommand.ts'
import { printClient } from './record.ts'
import { commandName } from '../../lib/command-name.ts'

interface ClientOptions extends WithJson {
  id?: string
  name: string
  redirectUri?: string[]
  device?: true
  scope: string
  authMethod: TokenEndpointAuthMethod
}

export async function createClient(
  {
    id = randomUUID(),
    name,
    redirectUri = [],
    device,
    scope,
    authMethod,
    ...options
  }: ClientOptions,
  command: Command
): Promise<void> {
  if (redirectUri.length === 0 && !device) {
    command.error("error: required option '--redirect-uri <uri>' not specified")
  }
  const grantTypes = [
    ...(redirectUri.length > 0 ? ['authorization_code'] : []),
    'refresh_token',
    ...(device ? [DEVICE_GRANT] : [])
  ]
  const metadata = {
    client_name: name,
    redirect_uris: redirectUri,
    grant_types: grantTypes,
    scope,
    token_endpoint_auth_method: authMethod
  }
  const { client, client_secret } = await withTransaction(async (trx) => {
    const issuedClient = await issueClient(trx, id, {
      ...metadata,
      redirect_uris: [...new Set(redirectUri)]
    })
    if (!issuedClient) throw takenIdError(id)
    await recordAudit(trx, 'oauth.client.created', { client_id: id, details: metadata })
    return issuedClient
  })
  printClient(options, client, client_secret)
}

function takenIdError(clientId: string): CommandRefusedError {
  return new CommandRefusedError(
    `The client id ${quoteText(clientId)} is taken. Choose another one. ` +
      `To see that client: ${commandName} client show ${clientId}. ` +
      `To change it: ${commandName} client update ${clientId} --help. ` +
      `For a new secret: ${commandName} client rotate-secret ${clientId}`
  )
}
