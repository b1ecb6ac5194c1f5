import { type Command, Option } from 'commander'
import { nameParser, parseEmail, parseNewEmail, parseTimezone } from '../arguments.ts'
import { yesOption } from '../confirm.ts'
import { addPageOptions } from '../page.ts'
import { addCommandGroup, addSubcommand } from '../subcommand.ts'
import { disableUser, enableUser, removeUser, setRole } from './access.ts'
import { createUser, setTimezone, showUsers } from './accounts.ts'
import { inviteUser, showResetLink } from './links.ts'
import { resetPassword, stdinOption } from './password.ts'
import { userRoles } from './record.ts'
import { resetSecondFactor } from './second-factor.ts'

const emailArgument = ['<email>', 'the email address of the user', parseEmail] as const

export function addUserCommands(program: Command): void {
  const userGroup = addCommandGroup(
    program,
    'user',
    'Manage the people who can sign in.',
    'kagura user list'
  )
  addCreateCommand(userGroup)
  addPageOptions(
    addSubcommand(
      userGroup,
      'list',
      'List all users, including disabled ones.',
      'kagura user list --json'
    ),
    'id'
  ).action(showUsers)
  addLinkCommands(userGroup)
  addAccessCommands(userGroup)
  addSettingCommands(userGroup)
}

function addCreateCommand(userGroup: Command): void {
  addSubcommand(
    userGroup,
    'create',
    'Create a user who can sign in.',
    'kagura user create --email ada@example.com --role admin'
  )
    .requiredOption('--email <address>', 'the email address to sign in with', parseNewEmail)
    .option('--name <name>', "the user's name", nameParser(200))
    .addOption(roleOption().default('user'))
    .option(
      '--timezone <zone>',
      'the zone for words such as "yesterday", for example Europe/Berlin; default UTC',
      parseTimezone
    )
    .option(...stdinOption)
    .action(createUser)
}

function addLinkCommands(userGroup: Command): void {
  addSubcommand(
    userGroup,
    'invite',
    'Print a one-time link with which somebody makes an account within 24 hours. An earlier ' +
      'invitation of the address stops working.',
    'kagura user invite ada@example.com --role read_only'
  )
    .argument('<email>', 'the email address of the new account', parseNewEmail)
    .addOption(roleOption().default('user'))
    .action(inviteUser)
  addSubcommand(
    userGroup,
    'reset-link',
    'Print a one-time link with which a user chooses a new password within 24 hours. The old ' +
      'password works until then; the new one ends all browser sessions.',
    'kagura user reset-link ada@example.com'
  )
    .argument(...emailArgument)
    .action(showResetLink)
}

function addAccessCommands(userGroup: Command): void {
  addSubcommand(
    userGroup,
    'disable',
    'Disable a user: sign-in, API keys and connected apps stop working until enabled again. ' +
      'No data is lost.',
    'kagura user disable ada@example.com'
  )
    .argument(...emailArgument)
    .option(...yesOption)
    .action(disableUser)
  addSubcommand(
    userGroup,
    'enable',
    'Enable a disabled user again, with the same API keys and connected apps.',
    'kagura user enable ada@example.com'
  )
    .argument(...emailArgument)
    .action(enableUser)
  addSubcommand(
    userGroup,
    'delete',
    'Permanently delete a user with all memories, links, coding sessions, indexed code, API ' +
      'keys and connected apps. The audit log stays. Cannot be undone.',
    'kagura user delete ada@example.com'
  )
    .argument(...emailArgument)
    .option(...yesOption)
    .action(removeUser)
}

function addSettingCommands(userGroup: Command): void {
  addSubcommand(
    userGroup,
    'reset-password',
    'Set a new password, end all browser sessions of the user, and clear the failed attempts ' +
      'that slow sign-in down.',
    'kagura user reset-password ada@example.com'
  )
    .argument(...emailArgument)
    .option(...stdinOption)
    .action(resetPassword)
  addSubcommand(
    userGroup,
    'reset-second-factor',
    'Remove the authenticator app and its recovery codes, and end all browser sessions of the ' +
      'user, who then signs in with the password alone.',
    'kagura user reset-second-factor ada@example.com'
  )
    .argument(...emailArgument)
    .option('--passkeys', 'also remove all passkeys, when a device was lost or stolen')
    .action(resetSecondFactor)
  addSubcommand(
    userGroup,
    'set-role',
    'Change what a user may do, from the next request on.',
    'kagura user set-role ada@example.com --role admin'
  )
    .argument(...emailArgument)
    .addOption(roleOption().makeOptionMandatory())
    .option(...yesOption)
    .action(setRole)
  addSubcommand(
    userGroup,
    'set-timezone',
    'Set the time zone for words such as "yesterday", from the next request on.',
    'kagura user set-timezone ada@example.com Europe/Berlin'
  )
    .argument(...emailArgument)
    .argument(
      '<zone>',
      'an IANA name such as Europe/Berlin or America/New_York; UTC is the default',
      parseTimezone
    )
    .action(setTimezone)
}

function roleOption(): Option {
  return new Option('--role <role>', 'what the user may do').choices(userRoles)
}
