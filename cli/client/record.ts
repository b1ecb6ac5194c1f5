import type { FormerSecret } from '../../db/oauth/client-secrets.ts'
import type { Client } from '../../db/oauth/clients.ts'
import { DEVICE_GRANT } from '../../plugins/oauth-server/token/device-code.ts'
import { Refusal, shown } from '../arguments.ts'
import { fields, minute, print, type WithJson } from '../subcommand.ts'

/** Throws Refusal when there is no such client. */
export async function clientOf(found: Promise<Client | undefined>, id: string): Promise<Client> {
  const client = await found
  if (!client) {
    throw new Refusal(`There is no client ${shown(id)}. To see all: npx kagura client list`)
  }
  return client
}

export const registrars = {
  operator: 'operator',
  dynamic: 'itself',
  metadata_document: 'its document'
}

export function outside(
  { client_secret_hash: _, registration_token_hash: __, ...client }: Client,
  secret?: string
) {
  const { client_id: id, ...rest } = client
  return { client_id: id, ...(secret !== undefined && { client_secret: secret }), ...rest }
}

export function printClient(
  options: WithJson,
  client: Client,
  secret?: string,
  formerSecrets: FormerSecret[] = []
): void {
  print(
    options,
    {
      ...outside(client, secret),
      ...(formerSecrets.length > 0 && { former_secrets: formerSecrets })
    },
    () =>
      fields([
        ['Client ID', client.client_id],
        ['Client secret', secret && `${secret}   (shown only now)`],
        ...formerSecrets.map(({ expires_at: until }): [string, string] => [
          'Former secret',
          `works until ${minute(until)} UTC`
        ]),
        ['Name', client.client_name],
        ...client.redirect_uris.map((uri): [string, string] => ['Redirect URI', uri]),
        ['Device flow', client.grant_types.includes(DEVICE_GRANT) ? 'allowed' : undefined],
        ['Scope', client.scope],
        ['Auth method', client.token_endpoint_auth_method],
        [
          'PKCE',
          client.require_pkce || client.token_endpoint_auth_method === 'none'
            ? 'required'
            : 'optional'
        ],
        ['DPoP', client.dpop_bound_access_tokens ? 'required' : undefined],
        [
          'Access token',
          client.access_token_seconds === null ? 'default life' : `${client.access_token_seconds} s`
        ],
        ['State', client.disabled_at ? `disabled since ${minute(client.disabled_at)}` : 'enabled'],
        ['Registered by', registrars[client.registration]],
        ['Registered from', client.registered_from ?? undefined],
        ['Created', minute(client.created_at)],
        ['Last used', minute(client.last_used_at)]
      ])
  )
}
