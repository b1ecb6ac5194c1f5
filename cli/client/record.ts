import type { FormerSecret } from '../../db/oauth/client-secrets.ts'
import type { Client } from '../../db/oauth/clients.ts'
import { DEVICE_GRANT } from '../../plugins/oauth-server/token/device-code.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import {
  formatFields,
  formatMinute,
  formatSecret,
  printResult,
  type WithJson
} from '../subcommand.ts'
import { commandName } from '../../lib/command-name.ts'

/** Waits for the client that a query looks up. Throws CommandRefusedError if there is none. */
export async function requireClient(
  lookup: Promise<Client | undefined>,
  clientId: string
): Promise<Client> {
  const client = await lookup
  if (!client) {
    throw new CommandRefusedError(
      `There is no client ${quoteText(clientId)}. To see all clients: ${commandName} client list`
    )
  }
  return client
}

/** How a client came to be registered, in words. */
export const registrationLabels = {
  operator: 'by an operator',
  dynamic: 'self-registered',
  metadata_document: 'by its metadata document'
}

/** The columns of a client that commands print; with the secret if it is new. */
export function publicClient(
  { client_secret_hash: _, registration_token_hash: __, client_id, ...client }: Client,
  secret?: string
) {
  return { client_id, ...(secret !== undefined && { client_secret: secret }), ...client }
}

export function printClient(
  options: WithJson,
  client: Client,
  secret?: string,
  formerSecrets: FormerSecret[] = []
): void {
  printResult(
    options,
    {
      ...publicClient(client, secret),
      ...(formerSecrets.length > 0 && { former_secrets: formerSecrets })
    },
    () =>
      formatFields([
        ['Client ID', client.client_id],
        ['Client secret', secret && formatSecret(secret)],
        ...formerSecrets.map(({ expires_at }) => formerSecretField(expires_at)),
        ['Name', client.client_name],
        ...client.redirect_uris.map((uri): [string, string] => ['Redirect URI', uri]),
        ['Device flow', client.grant_types.includes(DEVICE_GRANT) ? 'allowed' : undefined],
        ['Scope', client.scope],
        ['Auth method', client.token_endpoint_auth_method],
        ['PKCE', requiresPkce(client) ? 'required' : 'optional'],
        ['DPoP', client.dpop_bound_access_tokens ? 'required' : undefined],
        ['Access token', formatTokenLifetime(client)],
        ['State', formatState(client)],
        ['Registration', registrationLabels[client.registration]],
        ['Registered from', client.registered_from ?? undefined],
        ['Created', formatMinute(client.created_at)],
        ['Last used', formatMinute(client.last_used_at)]
      ])
  )
}

/** The line about a previous secret that an overlap keeps working. */
export function formerSecretField(expiresAt: Date): [label: string, value: string] {
  return ['Former secret', `works until ${formatMinute(expiresAt)} UTC`]
}

function requiresPkce(client: Client): boolean {
  return client.require_pkce || client.token_endpoint_auth_method === 'none'
}

function formatTokenLifetime({ access_token_seconds }: Client): string {
  return access_token_seconds === null
    ? 'default lifetime'
    : `lifetime ${access_token_seconds} seconds`
}

function formatState({ disabled_at }: Client): string {
  return disabled_at ? `disabled since ${formatMinute(disabled_at)}` : 'enabled'
}
