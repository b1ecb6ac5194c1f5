import { type Command, InvalidArgumentError, Option } from 'commander'
import type { TokenEndpointAuthMethod } from '../../db/schema/index.ts'
import { defaultScope } from '../../tools/scopes.ts'
import {
  appendRedirectUri,
  appendValue,
  nameParser,
  parseDurationSeconds,
  parseNewClientId,
  parseScope,
  wholeNumberParser
} from '../arguments.ts'
import { yesOption } from '../confirm.ts'
import { addPageOptions } from '../page.ts'
import { addCommandGroup, addSubcommand } from '../subcommand.ts'
import { changeClient, removeClient, rotateSecret } from './changes.ts'
import { createClient } from './create.ts'
import { showClient, showClients } from './list.ts'

const authMethods: TokenEndpointAuthMethod[] = ['client_secret_post', 'client_secret_basic', 'none']
const exampleUri = 'https://app.example.com/callback'
const idArgument = ['<id>', 'the client_id of the app'] as const
const nameOption = ['--name <name>', 'the name that users see on the consent page'] as const

export function addClientCommands(program: Command): void {
  const clientGroup = addCommandGroup(
    program,
    'client',
    'Manage OAuth clients: the apps that can ask users for access.',
    'kagura client list'
  )
  addCreateCommand(clientGroup)
  addPageOptions(
    addSubcommand(clientGroup, 'list', 'List the registered apps.', 'kagura client list --json'),
    'id'
  ).action(showClients)
  addSubcommand(
    clientGroup,
    'show',
    'Show one registered app.',
    'kagura client show chatgpt-connector'
  )
    .argument(...idArgument)
    .action(showClient)
  addUpdateCommand(clientGroup)
  addSecretCommand(clientGroup)
  addSubcommand(
    clientGroup,
    'delete',
    'Permanently delete an app with everything that users granted it.',
    'kagura client delete my-app'
  )
    .argument(...idArgument)
    .option(...yesOption)
    .action(removeClient)
}

function addCreateCommand(clientGroup: Command): void {
  addSubcommand(
    clientGroup,
    'create',
    'Register an app and show its secret once.',
    `kagura client create --name "My app" --redirect-uri ${exampleUri}`
  )
    .option('--id <id>', 'its client_id; without it a random one', parseNewClientId)
    .requiredOption(...nameOption, nameParser(200))
    .option(
      '--redirect-uri <uri>',
      'where users return to after sign-in (repeatable); not needed with --device',
      appendRedirectUri
    )
    .option('--device', 'also allow the device flow, where users approve a code that the app shows')
    .option(
      '--scope <values>',
      'the widest access the app can get, separated by spaces',
      parseScope,
      defaultScope
    )
    .addOption(
      authMethodOption(
        'how the app authenticates; none for a public client, which must use PKCE'
      ).default('client_secret_post')
    )
    .action(createClient)
}

function addUpdateCommand(clientGroup: Command): void {
  addSubcommand(
    clientGroup,
    'update',
    'Change a registered app, from the next request on.',
    `kagura client update chatgpt-connector --redirect-uri ${exampleUri}`
  )
    .argument(...idArgument)
    .option('--redirect-uri <uri>', 'also allow this address (repeatable)', appendRedirectUri)
    .option('--remove-redirect-uri <uri>', 'stop allowing this address (repeatable)', appendValue)
    .option(...nameOption, nameParser(200))
    .option(
      '--scope <values>',
      'the widest access the app can get; also narrows live tokens',
      parseScope
    )
    .addOption(
      authMethodOption('how the app authenticates; changing it from none creates a secret')
    )
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
      'lifetime of its access tokens, 60 to 86400; or default',
      parseTokenSeconds
    )
    .action(changeClient)
}

function addSecretCommand(clientGroup: Command): void {
  addSubcommand(
    clientGroup,
    'rotate-secret',
    'Replace the secret of an app and show the new one once.',
    'kagura client rotate-secret chatgpt-connector --overlap 24h'
  )
    .argument(...idArgument)
    .option(
      '--overlap <time>',
      'keep the former secret working for this time, like 24h or 7d; ' +
        'without it all former secrets end at once',
      parseDurationSeconds
    )
    .action(rotateSecret)
}

function authMethodOption(description: string): Option {
  return new Option('--auth-method <method>', description).choices(authMethods)
}

function parseTokenSeconds(text: string): number | 'default' {
  try {
    return text === 'default' ? text : wholeNumberParser(60, 86_400)(text)
  } catch {
    throw new InvalidArgumentError('Give a whole number from 60 to 86400, or default.')
  }
}
