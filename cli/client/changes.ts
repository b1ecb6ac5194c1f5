import type { Command } from 'commander'
import type { Trx } from '../../db/connection/connect.ts'
import { type ClientMetadata, hasSecret } from '../../db/oauth/client-metadata.ts'
import { deleteFormerSecrets, insertFormerSecret } from '../../db/oauth/client-secrets.ts'
import {
  type Client,
  deleteClient,
  lockClient,
  rotateClientSecret,
  updateClient
} from '../../db/oauth/clients.ts'
import { countLiveGrants } from '../../db/oauth/grants.ts'
import type { TokenEndpointAuthMethod } from '../../db/schema/index.ts'
import { isSameRedirectUri } from '../../plugins/oauth-server/authorize/redirect-uri.ts'
import { Refusal, shown } from '../arguments.ts'
import { confirmed, type WithYes } from '../confirm.ts'
import { audit, withTransaction } from '../database.ts'
import { counted, fields, minute, print, type WithJson } from '../subcommand.ts'
import { clientOf, printClient } from './record.ts'

interface Changes extends WithJson {
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
  id: string,
  { json, ...changes }: Changes,
  command: Command
): Promise<void> {
  if (Object.keys(changes).length === 0) command.error('error: nothing to change was given')
  const { client, secret } = await withTransaction(async (trx) => {
    const before = await clientOf(lockClient(trx, id), id)
    const change = changeOf(before, changes)
    const after = (await updateClient(trx, id, change))!
    await audit(trx, 'oauth.client.updated', {
      client_id: id,
      details: { changed: Object.keys(change) }
    })
    const needsSecret =
      !hasSecret(before.token_endpoint_auth_method) && hasSecret(after.token_endpoint_auth_method)
    if (!hasSecret(after.token_endpoint_auth_method)) await deleteFormerSecrets(trx, id)
    return { client: after, secret: needsSecret ? await newSecretOf(trx, id) : undefined }
  })
  printClient({ ...(json && { json }) }, client, secret)
}

function changeOf(client: Client, changes: Changes): Partial<ClientMetadata> {
  const {
    redirectUri: added = [],
    removeRedirectUri: removed = [],
    accessTokenSeconds: seconds
  } = changes
  const unknown = removed.find(
    (uri) => !client.redirect_uris.some((known) => isSameRedirectUri(known, uri))
  )
  if (unknown !== undefined) {
    throw new Refusal(
      `${shown(unknown)} is not registered for ${client.client_id}. To see what is: npx kagura client show ${client.client_id}`
    )
  }
  const uris = [
    ...new Set([
      ...client.redirect_uris.filter(
        (uri) => !removed.some((gone) => isSameRedirectUri(gone, uri))
      ),
      ...added
    ])
  ]
  if (removed.length > 0 && uris.length === 0) {
    throw new Refusal(
      'A client needs a redirect URI. Add the new one in the same command, with --redirect-uri.'
    )
  }
  return {
    ...(added.length + removed.length > 0 && { redirect_uris: uris }),
    ...(changes.name !== undefined && { client_name: changes.name }),
    ...(changes.scope !== undefined && { scope: changes.scope }),
    ...(changes.authMethod && { token_endpoint_auth_method: changes.authMethod }),
    ...(changes.requirePkce !== undefined && { require_pkce: changes.requirePkce }),
    ...(changes.disable && { disabled_at: client.disabled_at ?? new Date() }),
    ...(changes.enable && { disabled_at: null }),
    ...(seconds !== undefined && { access_token_seconds: seconds === 'default' ? null : seconds })
  }
}

export async function rotateSecret(
  id: string,
  { overlap, ...options }: WithJson & { overlap?: number }
): Promise<void> {
  const { secret, until } = await withTransaction(async (trx) => {
    const { token_endpoint_auth_method: method } = await clientOf(lockClient(trx, id), id)
    if (!hasSecret(method)) {
      throw new Refusal(
        `${id} has no secret (${method}). To give it one: npx kagura client update ${id} --auth-method client_secret_post`
      )
    }
    const until = overlap === undefined ? undefined : await insertFormerSecret(trx, id, overlap)
    return { secret: await newSecretOf(trx, id, until), until }
  })
  print(
    options,
    { client_id: id, client_secret: secret, ...(until && { former_secret_expires_at: until }) },
    () =>
      fields([
        ['Client ID', id],
        ['Client secret', `${secret}   (shown only now)`],
        ['Former secret', until ? `works until ${minute(until)} UTC` : 'refused from now on']
      ])
  )
}

/** Without `until` every former secret ends. */
async function newSecretOf(trx: Trx, id: string, until?: Date): Promise<string> {
  if (!until) await deleteFormerSecrets(trx, id)
  await audit(trx, 'oauth.client.secret_rotated', {
    client_id: id,
    details: { ...(until && { former_secret_expires_at: until }) }
  })
  return (await rotateClientSecret(trx, id))!
}

export async function removeClient(
  id: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const remove = async (trx: Trx) => {
    const { client_name: name } = await clientOf(lockClient(trx, id), id)
    const grants = await countLiveGrants(trx, id)
    await deleteClient(trx, id)
    await audit(trx, 'oauth.client.deleted', { client_id: id, details: { client_name: name } })
    return { name, grants }
  }
  await confirmed(
    remove,
    ({ name, grants }) =>
      `This deletes the app ${name} (${id}) and ends ` +
      `${counted(grants, 'connection')} to it, for good.`,
    { ...(yes && { yes }) }
  )
  print(
    options,
    { client_id: id, deleted: true },
    () => `Deleted the client ${id} and everything granted to it.`
  )
}
