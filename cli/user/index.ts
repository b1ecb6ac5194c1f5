import { type Command, Option } from 'commander'
import { forgetAllAttempts } from '../../db/people/attempts.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { newSecret } from '../../lib/secrets.ts'
import { deleteSessionsOf } from '../../db/people/sessions.ts'
import type { Role } from '../../db/schema/index.ts'
import {
  anyAdmin,
  countUsers,
  insertUser,
  listUsers,
  updateTimezone,
  updateUser,
  type User
} from '../../db/people/users.ts'
import {
  emailAddress,
  nameOf,
  newEmailAddress,
  passwordFromStdin,
  Refusal,
  shown,
  timezone
} from '../arguments.ts'
import { yesOption } from '../confirm.ts'
import { audit, withDatabase, withTransaction } from '../database.ts'
import { pageLine, pageMembers, type PageOptions, paged, readPage } from '../page.ts'
import { fields, minute, noun, print, subcommand, table, type WithJson } from '../subcommand.ts'
import { disableUser, enableUser, removeUser, setRole } from './access.ts'
import { outside, roles, userOf } from './record.ts'

const stdinOption = [
  '--password-stdin',
  'read the password from the first line of standard input; otherwise one is made and shown once'
] as const

export function addUserCommands(kagura: Command): void {
  const group = noun(kagura, 'user', 'The people who sign in.', 'kagura user list')
  subcommand(
    group,
    'create',
    'Creates a person who can sign in.',
    'kagura user create --email ada@example.com --role admin'
  )
    .requiredOption('--email <address>', 'what the person signs in with', newEmailAddress)
    .option('--name <name>', 'how the person is called', nameOf(200))
    .addOption(new Option('--role <role>', 'what the person may do').choices(roles).default('user'))
    .option(
      '--timezone <zone>',
      'the zone that "yesterday" is meant in, for example Europe/Berlin; default UTC',
      timezone
    )
    .option(...stdinOption)
    .action(createUser)
  paged(
    subcommand(
      group,
      'list',
      'Lists everybody who can sign in, or could.',
      'kagura user list --json'
    ),
    'id'
  ).action(showUsers)
  for (const [verb, description, action] of [
    [
      'disable',
      'Shuts a person out: sign-in, API keys and connected apps stop working, until enabled again. No data is lost.',
      disableUser
    ],
    [
      'enable',
      'Lets a disabled person in again, with the same API keys and connected apps.',
      enableUser
    ],
    [
      'delete',
      'Deletes a person with everything of theirs: memories, links, coding sessions, indexed code, API keys and connected apps. Nobody can restore it. The audit log stays.',
      removeUser
    ],
    [
      'reset-password',
      'Gives a person a new password, ends all their browser sessions, and clears the counts that slow sign-in down.',
      resetPassword
    ]
  ] as const) {
    const command = subcommand(group, verb, description, `kagura user ${verb} ada@example.com`)
      .argument('<email>', 'the email address of the person', emailAddress)
      .action(action)
    if (verb === 'reset-password') command.option(...stdinOption)
    if (verb === 'disable' || verb === 'delete') command.option(...yesOption)
  }
  subcommand(
    group,
    'set-role',
    'Changes what a person may do, from the next request on.',
    'kagura user set-role ada@example.com --role admin'
  )
    .argument('<email>', 'the email address of the person', emailAddress)
    .addOption(
      new Option('--role <role>', 'what the person may do').choices(roles).makeOptionMandatory()
    )
    .option(...yesOption)
    .action(setRole)
  subcommand(
    group,
    'set-timezone',
    'Sets the zone that words such as "yesterday" are meant in, from the next request on.',
    'kagura user set-timezone ada@example.com Europe/Berlin'
  )
    .argument('<email>', 'the email address of the person', emailAddress)
    .argument(
      '<zone>',
      'an IANA name such as Europe/Berlin or America/New_York; UTC is the default',
      timezone
    )
    .action(setTimezone)
}

interface WithPassword extends WithJson {
  passwordStdin?: true
}

async function createUser({
  email,
  name,
  role,
  timezone,
  ...options
}: { email: string; name?: string; role: Role; timezone?: string } & WithPassword): Promise<void> {
  const { hash, made } = await passwordFor(options, [email, name ?? ''])
  const user = await withTransaction(async (trx) => {
    const created = await insertUser(trx, {
      email,
      name: name ?? '',
      role,
      password_hash: hash,
      ...(timezone && { timezone })
    })
    if (!created) {
      throw new Refusal(
        `The email address ${shown(email)} is taken. To see all: npx kagura user list`
      )
    }
    await audit(trx, 'user.created', { user_id: created.user_id, details: { role } })
    return { ...created, alone: !(await anyAdmin(trx)) }
  })
  const advice = user.alone
    ? ` Nobody administers this server yet: npx kagura user set-role ${user.email} --role admin`
    : ''
  print(options, withPassword(user, made), () =>
    passwordText(`Created ${user.email}.${advice}`, user, made)
  )
}

async function showUsers({ limit, after, ...options }: WithJson & PageOptions): Promise<void> {
  const page = await withDatabase((db) =>
    readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (wanted) => listUsers(db, wanted),
        count: () => countUsers(db),
        id: (user) => user.user_id
      }
    )
  )
  const head = ['email', 'name', 'role', 'state', 'created', 'last sign-in', 'id']
  const none = 'There is no user yet. Create one: npx kagura user create --email EMAIL --role admin'
  print(
    options,
    { users: page.rows.map(outside), ...pageMembers(page) },
    ({ users }) =>
      table(
        head,
        users.map((user) => [
          user.email,
          user.name,
          user.role,
          user.disabled_at ? 'disabled' : 'enabled',
          minute(user.created_at),
          minute(user.last_login_at),
          user.user_id
        ]),
        none
      ) + pageLine(page, 'npx kagura user list')
  )
}

async function setTimezone(email: string, zone: string, options: WithJson): Promise<void> {
  const user = await withTransaction(async (trx) => {
    const { user_id: userId, timezone: former } = await userOf(trx, email)
    await audit(trx, 'user.timezone_changed', {
      user_id: userId,
      details: { from: former, to: zone }
    })
    return (await updateTimezone(trx, userId, zone))!
  })
  print(options, outside(user), () => `${user.email} is in the time zone ${zone}.`)
}

async function resetPassword(email: string, options: WithPassword): Promise<void> {
  const { hash, made } = await passwordFor(options, [email])
  const user = await withTransaction(async (trx) => {
    const { user_id: userId } = await userOf(trx, email)
    await audit(trx, 'user.password_reset', { user_id: userId })
    const changed = await updateUser(trx, userId, { password_hash: hash })
    await forgetAllAttempts(trx) // whoever was slowed down by strangers' guesses can sign in at once
    await deleteSessionsOf(trx, userId) // afterwards: a sign-in at this instant is then refused, or ended here
    return changed!
  })
  print(options, withPassword(user, made), () =>
    passwordText(`${user.email} has a new password; their browser sessions are ended.`, user, made)
  )
}

/** The one on standard input, or a made one of 120 random bits, which somebody must be told. */
async function passwordFor(
  { passwordStdin }: WithPassword,
  about: string[]
): Promise<{ hash: string; made?: string }> {
  if (passwordStdin) return { hash: await hashPassword(await passwordFromStdin(about)) }
  const made = newSecret().slice(0, 20)
  return { hash: await hashPassword(made), made }
}

function withPassword({ user_id: id, email, role }: User, password: string | undefined) {
  return { user_id: id, email, role, ...(password !== undefined && { password }) }
}

function passwordText(line: string, user: User, password: string | undefined): string {
  return `${line}\n${fields([
    ['User ID', user.user_id],
    ['Role', user.role],
    ['Password', password && `${password}   (shown only now)`]
  ])}`
}
