import { randomUUID } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { listFormerSecrets } from '../../db/oauth/client-secrets.ts'
import { countClients, findClient, issueClient, listClients } from '../../db/oauth/clients.ts'
import type { TokenEndpointAuthMethod } from '../../db/schema/index.ts'
import { DEVICE_GRANT } from '../../plugins/oauth-server/token/device-code.ts'
import { defaultScope } from '../../tools/scopes.ts'
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
} from '../arguments.ts'
import { yesOption } from '../confirm.ts'
import { audit, withDatabase, withTransaction } from '../database.ts'
import { pageLine, pageMembers, type PageOptions, paged, readPage } from '../page.ts'
import { minute, noun, print, subcommand, table, type WithJson } from '../subcommand.ts'
import { changeClient, removeClient, rotateSecret } from './changes.ts'
import { clientOf, outside, printClient, registrars } from './record.ts'

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

function tokenSeconds(text: string): number | 'default' {
  try {
    return text === 'default' ? text : wholeNumber(60, 86_400)(text)
  } catch {
    throw new InvalidArgumentError('Give a whole number from 60 to 86400, or default.')
  }
}
