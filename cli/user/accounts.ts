import type { Role } from '../../db/schema/index.ts'
import {
  hasAnyAdmin,
  countUsers,
  insertUser,
  listUsers,
  updateTimezone
} from '../../db/people/users.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { recordAudit, withDatabase, withTransaction } from '../database.ts'
import { nextPageHint, nextPageMembers, type PageOptions, readPage } from '../page.ts'
import { formatMinute, formatTable, printResult, type WithJson } from '../subcommand.ts'
import { choosePassword, printAccount, type WithPassword } from './password.ts'
import { publicUser, requireUser } from './record.ts'
import { commandName } from '../../lib/command-name.ts'

interface UserOptions extends WithPassword {
  email: string
  name?: string
  role: Role
  timezone?: string
}

export async function createUser({
  email,
  name = '',
  role,
  timezone,
  ...options
}: UserOptions): Promise<void> {
  const { hash, generated } = await choosePassword(options, [email, name])
  const { hasAdmin, ...user } = await withTransaction(async (trx) => {
    const createdUser = await insertUser(trx, {
      email,
      name,
      role,
      password_hash: hash,
      ...(timezone && { timezone })
    })
    if (!createdUser) {
      throw new CommandRefusedError(
        `The email address ${quoteText(email)} is taken. To see all users: ${commandName} user list`
      )
    }
    await recordAudit(trx, 'user.created', { user_id: createdUser.user_id, details: { role } })
    return { ...createdUser, hasAdmin: await hasAnyAdmin(trx) }
  })
  const adminAdvice = hasAdmin
    ? ''
    : ' This server has no administrator yet. To make this user one: ' +
      `${commandName} user set-role ${user.email} --role admin`
  printAccount(options, user, generated, `Created ${user.email}.${adminAdvice}`)
}

export async function showUsers({
  limit,
  after,
  ...options
}: WithJson & PageOptions): Promise<void> {
  const userPage = await withDatabase((db) =>
    readPage(
      { limit, ...(after !== undefined && { after }) },
      {
        list: (page) => listUsers(db, page),
        count: () => countUsers(db),
        id: (user) => user.user_id
      }
    )
  )
  const listedUsers = userPage.rows.map(publicUser)
  const tableRows = listedUsers.map((user) => [
    user.email,
    user.name,
    user.role,
    user.disabled_at ? 'disabled' : 'enabled',
    formatMinute(user.created_at),
    formatMinute(user.last_login_at),
    user.user_id
  ])
  printResult(
    options,
    { users: listedUsers, ...nextPageMembers(userPage) },
    () =>
      formatTable(
        ['email', 'name', 'role', 'state', 'created', 'last sign-in', 'id'],
        tableRows,
        `There are no users yet. Create one: ${commandName} user create --email EMAIL --role admin`
      ) + nextPageHint(userPage, `${commandName} user list`)
  )
}

export async function setTimezone(email: string, zone: string, options: WithJson): Promise<void> {
  const updatedUser = await withTransaction(async (trx) => {
    const { user_id, timezone } = await requireUser(trx, email)
    await recordAudit(trx, 'user.timezone_changed', {
      user_id,
      details: { from: timezone, to: zone }
    })
    return (await updateTimezone(trx, user_id, zone))!
  })
  printResult(
    options,
    publicUser(updatedUser),
    () => `${updatedUser.email} has the time zone ${zone}.`
  )
}
