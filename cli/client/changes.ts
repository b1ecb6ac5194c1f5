import type { Command } from 'commander'
import type { Trx } from '../../db/connection/connect.ts'
import { type ClientMetadata, hasSecret } from '../../db/oauth/client-metadata.ts'
import { type Client, lockClient } from '../../db/oauth/clients.ts'
import type { TokenEndpointAuthMethod } from '../../db/schema/index.ts'
import { isSameRedirectUri } from '../../plugins/oauth-server/authorize/redirect-uri.ts'
import {
  changeLockedClient,
  removeLockedClient,
  rotateLockedSecret
} from '../../plugins/oauth-server/client/administration.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { runConfirmed, type WithYes } from '../confirm.ts'
import { commandEntry, withTransaction } from '../database.ts'
import {
  formatCount,
  formatFields,
  formatSecret,
  printResult,
  type WithJson
} from '../subcommand.ts'
import { formerSecretField, printClient, requireClient } from './record.ts'
import { commandName } from '../../lib/command-name.ts'

interface ClientChanges extends WithJson {
  redirectUri?: string[]
  removeRedirectUri?: string[]
  name?: string
  scope?: string
  authMethod?: TokenEndpointAuthMethod
  requirePkce?: boolean
  disable?: true
  enable?: true
  accessTokenSeconds?: number | 'default'
}

export async function changeClient(
  clientId: string,
  { json, ...changes }: ClientChanges,
  command: Command
): Promise<void> {
  if (Object.keys(changes).length === 0) {
    command.error('error: there is nothing to change; give at least one option')
  }
  const { client, secret } = await withTransaction(async (trx) => {
    const lockedClient = await requireClient(lockClient(trx, clientId), clientId)
    const changedMetadata = metadataChanges(lockedClient, changes)
    return changeLockedClient(trx, lockedClient, changedMetadata, commandEntry)
  })
  printClient({ ...(json && { json }) }, client, secret)
}

function metadataChanges(client: Client, changes: ClientChanges): Partial<ClientMetadata> {
  const {
    name,
    scope,
    authMethod,
    requirePkce,
    disable,
    enable,
    accessTokenSeconds: tokenSeconds
  } = changes
  const hasUriChanges = changes.redirectUri !== undefined || changes.removeRedirectUri !== undefined
  return {
    ...(hasUriChanges && { redirect_uris: changedRedirectUris(client, changes) }),
    ...(name !== undefined && { client_name: name }),
    ...(scope !== undefined && { scope }),
    ...(authMethod && { token_endpoint_auth_method: authMethod }),
    ...(requirePkce !== undefined && { require_pkce: requirePkce }),
    ...(disable && { disabled_at: client.disabled_at ?? new Date() }),
    ...(enable && { disabled_at: null }),
    ...(tokenSeconds !== undefined && {
      access_token_seconds: tokenSeconds === 'default' ? null : tokenSeconds
    })
  }
}

/** Throws CommandRefusedError if a URI to remove is unknown, or if none would remain. */
function changedRedirectUris(
  { client_id, redirect_uris }: Client,
  { redirectUri: addedUris = [], removeRedirectUri: removedUris = [] }: ClientChanges
): string[] {
  const isRemoved = (uri: string) => removedUris.some((removed) => isSameRedirectUri(removed, uri))
  const unknownUri = removedUris.find(
    (uri) => !redirect_uris.some((registered) => isSameRedirectUri(registered, uri))
  )
  if (unknownUri !== undefined) {
    throw new CommandRefusedError(
      `${quoteText(unknownUri)} is not registered for ${client_id}. ` +
        `To see its redirect URIs: ${commandName} client show ${client_id}`
    )
  }
  const remainingUris = [
    ...new Set([...redirect_uris.filter((uri) => !isRemoved(uri)), ...addedUris])
  ]
  if (removedUris.length > 0 && remainingUris.length === 0) {
    throw new CommandRefusedError(
      'A client needs a redirect URI. Add the new one in the same command, with --redirect-uri.'
    )
  }
  return remainingUris
}

export async function rotateSecret(
  clientId: string,
  { overlap: overlapSeconds = 0, ...options }: WithJson & { overlap?: number }
): Promise<void> {
  const { secret, formerExpiry } = await withTransaction(async (trx) => {
    const client = await requireClient(lockClient(trx, clientId), clientId)
    const authMethod = client.token_endpoint_auth_method
    if (!hasSecret(authMethod)) {
      throw new CommandRefusedError(
        `${clientId} has no secret (${authMethod}). To give it one: ` +
          `${commandName} client update ${clientId} --auth-method client_secret_post`
      )
    }
    return rotateLockedSecret(trx, client, overlapSeconds, commandEntry)
  })
  printResult(
    options,
    {
      client_id: clientId,
      client_secret: secret,
      ...(formerExpiry && { former_secret_expires_at: formerExpiry })
    },
    () =>
      formatFields([
        ['Client ID', clientId],
        ['Client secret', formatSecret(secret)],
        formerExpiry ? formerSecretField(formerExpiry) : ['Former secret', 'no longer works']
      ])
  )
}

export async function removeClient(
  clientId: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const deleteWithGrants = async (trx: Trx) => {
    const client = await requireClient(lockClient(trx, clientId), clientId)
    return removeLockedClient(trx, client, commandEntry)
  }
  await runConfirmed(
    deleteWithGrants,
    ({ client_name, grants }) =>
      `This permanently deletes the app ${client_name} (${clientId}) and ends ` +
      `${formatCount(grants, 'connection')} to it.`,
    { ...(yes && { yes }) }
  )
  printResult(
    options,
    { client_id: clientId, deleted: true },
    () => `Deleted the client ${clientId} and everything granted to it.`
  )
}
