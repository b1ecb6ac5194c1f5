import { randomUUID } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Trx } from '../db/connect.ts'
import {
  deleteFormerSecrets,
  type FormerSecret,
  insertFormerSecret,
  listFormerSecrets
} from '../db/oauth-client-secrets.ts'
import {
  type Client,
  type ClientMetadata,
  countClients,
  deleteClient,
  findClient,
  hasSecret,
  issueClient,
  listClients,
  lockClient,
  rotateClientSecret,
  updateClient
} from '../db/oauth-clients.ts'
import { countLiveGrants } from '../db/oauth-grants.ts'
import type { TokenEndpointAuthMethod } from '../db/tables/index.ts'
import { DEVICE_GRANT } from '../plugins/oauth-server/device-code.ts'
import { isSameRedirectUri } from '../plugins/oauth-server/redirect-uri.ts'
import { defaultScope } from '../tools/scopes.ts'
import {
  hoursOrDays,
  nameOf,
  newClientId,
  oneMore,
  redirectUri,
  Refusal,
  scopeGiven,
  shown,
  wholeNumber
} from './arguments.ts'
import { confirmed, type WithYes, yesOption } from './confirm.ts'
import { audit, withDatabase, withTransaction } from './database.ts'
import { pageLine, pageMembers, type PageOptions, paged, readPage } from './page.ts'
import {
  counted,
  fields,
  minute,
  noun,
  print,
  subcommand,
  table,
  type WithJson
} from './subcommand.ts'

const methods: TokenEndpointAuthMethod[] = ['client_secret_post', 'client_secret_basic', 'none']

export function addClientCommands(kagura: Command): void {
  const group = noun(
    kagura,
    'client',
    'OAuth clients: the apps that may ask people for access.',
    'kagura client list'
  )
  const uri = 'https://app.example.com/callback'
  const methodOption = (description: string) =>
    new Option('--auth-method <method>', description).choices(methods)

  subcommand(
    group,
    'create',
    'Registers an app and shows its secret, this once.',
    `kagura client create --name "My app" --redirect-uri ${uri}`
  )
    .option('--id <id>', 'its client_id; otherwise one is made', newClientId)
    .requiredOption('--name <name>', 'what people see on the consent page', nameOf(200))
    .option(
      '--redirect-uri <uri>',
      'where people are sent back to (repeatable); not needed with --device',
      redirectUri
    )
    .option(
      '--device',
      'it may also use the device flow: people approve it by a code that it shows'
    )
    .option(
      '--scope <values>',
      'the most it may be given, separated by spaces',
      scopeGiven,
      defaultScope
    )
    .addOption(
      methodOption('how it proves itself; none for a public client, which must use PKCE').default(
        'client_secret_post'
      )
    )
    .action(createClient)
  paged(
    subcommand(group, 'list', 'Lists the registered apps.', 'kagura client list --json'),
    'id'
  ).action(showClients)
  subcommand(group, 'show', 'Shows one registered app.', 'kagura client show chatgpt-connector')
    .argument('<id>', 'its client_id')
    .action(showClient)
  subcommand(
    group,
    'update',
    'Changes a registered app, with effect on the next request.',
    `kagura client update chatgpt-connector --redirect-uri ${uri}`
  )
    .argument('<id>', 'its client_id')
    .option('--redirect-uri <uri>', 'allow this address too (repeatable)', redirectUri)
    .option('--remove-redirect-uri <uri>', 'allow this address no longer (repeatable)', oneMore)
    .option('--name <name>', 'what people see on the consent page', nameOf(200))
    .option('--scope <values>', 'the most it may be given; narrows live tokens too', scopeGiven)
    .addOption(methodOption('how it proves itself; from none to another makes a new secret'))
    .option('--require-pkce', 'refuse requests without PKCE')
    .option('--no-require-pkce', 'accept requests without PKCE from a client with a secret')
    .addOption(
      new Option('--disable', 'refuse the app and its tokens until enabled again').conflicts(
        'enable'
      )
    )
    .option('--enable', 'accept the app again')
    .option(
      '--access-token-seconds <seconds>',
      'life of its access tokens, 60 to 86400; or default',
      tokenSeconds
    )
    .action(changeClient)
  subcommand(
    group,
    'rotate-secret',
    'Replaces the secret of an app and shows the new one, this once.',
    'kagura client rotate-secret chatgpt-connector --overlap 24h'
  )
    .argument('<id>', 'its client_id')
    .option(
      '--overlap <time>',
      'keep the former secret alive so long, like 24h or 7d; without it all former ones end at once',
      hoursOrDays
    )
    .action(rotateSecret)
  subcommand(
    group,
    'delete',
    'Deletes an app with everything that people granted it.',
    'kagura client delete my-app'
  )
    .argument('<id>', 'its client_id')
    .option(...yesOption)
    .action(removeClient)
}

/** Throws Refusal when there is no such client. */
export async function clientOf(found: Promise<Client | undefined>, id: string): Promise<Client> {
  const client = await found
  if (!client) {
    throw new Refusal(`There is no client ${shown(id)}. To see all: npx kagura client list`)
  }
  return client
}

interface NewClient extends WithJson {
  id?: string
  name: string
  redirectUri?: string[]
  device?: true
  scope: string
  authMethod: TokenEndpointAuthMethod
}

async function createClient(
  {
    id = randomUUID(),
    name,
    redirectUri: uris = [],
    device,
    scope,
    authMethod,
    ...options
  }: NewClient,
  command: Command
): Promise<void> {
  if (uris.length === 0 && !device) {
    command.error("error: required option '--redirect-uri <uri>' not specified")
  }
  const grantTypes = [
    ...(uris.length > 0 ? ['authorization_code'] : []),
    'refresh_token',
    ...(device ? [DEVICE_GRANT] : [])
  ]
  const { client, client_secret: secret } = await withTransaction(async (trx) => {
    const issued = await issueClient(trx, id, {
      client_name: name,
      redirect_uris: [...new Set(uris)],
      grant_types: grantTypes,
      scope,
      token_endpoint_auth_method: authMethod
    })
    if (!issued) {
      throw new Refusal(
        `The client id ${shown(id)} is taken. Choose another, or see what there is: npx kagura client show ${id}. To change it: npx kagura client update ${id} --help. For another secret: npx kagura client rotate-secret ${id}`
      )
    }
    await audit(trx, 'oauth.client.created', {
      client_id: id,
      details: {
        client_name: name,
        redirect_uris: uris,
        grant_types: grantTypes,
        scope,
        token_endpoint_auth_method: authMethod
      }
    })
    return issued
  })
  printClient(options, client, secret)
}

async function showClients({ limit, after, ...options }: WithJson & PageOptions): Promise<void> {
  const page = await withDatabase((db) =>
    readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (wanted) => listClients(db, wanted),
        count: () => countClients(db),
        id: (client) => client.client_id
      }
    )
  )
  const clients = page.rows.map((client) => outside(client))
  const head = ['id', 'name', 'scope', 'method', 'registered by', 'state', 'created', 'last used']
  print(
    options,
    { clients, ...pageMembers(page) },
    () =>
      table(
        head,
        clients.map((client) => [
          client.client_id,
          client.client_name,
          client.scope,
          client.token_endpoint_auth_method,
          registrars[client.registration],
          client.disabled_at ? 'disabled' : 'enabled',
          minute(client.created_at),
          minute(client.last_used_at)
        ]),
        'There is no client yet.'
      ) + pageLine(page, 'npx kagura client list')
  )
}

async function showClient(id: string, options: WithJson): Promise<void> {
  const { client, formerSecrets } = await withDatabase(async (db) => ({
    client: await clientOf(findClient(db, id), id),
    formerSecrets: await listFormerSecrets(db, id)
  }))
  printClient(options, client, undefined, formerSecrets)
}

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

async function changeClient(
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

async function rotateSecret(
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

async function removeClient(id: string, { yes, ...options }: WithJson & WithYes): Promise<void> {
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

function tokenSeconds(text: string): number | 'default' {
  try {
    return text === 'default' ? text : wholeNumber(60, 86_400)(text)
  } catch {
    throw new InvalidArgumentError('Give a whole number from 60 to 86400, or default.')
  }
}

const registrars = { operator: 'operator', dynamic: 'itself', metadata_document: 'its document' }

function outside(
  { client_secret_hash: _, registration_token_hash: __, ...client }: Client,
  secret?: string
) {
  const { client_id: id, ...rest } = client
  return { client_id: id, ...(secret !== undefined && { client_secret: secret }), ...rest }
}

function printClient(
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
