import type { Trx } from '../../db/connection/connect.ts'
import type { Role } from '../../db/schema/index.ts'
import type { User } from '../../db/people/users.ts'
import {
  assignRole,
  deleteAccount,
  type DeletedCounts,
  enableAccount
} from '../../domain/people/administration.ts'
import { CommandRefusedError } from '../arguments.ts'
import { runConfirmed, type WithYes } from '../confirm.ts'
import { commandEntry, withTransaction } from '../database.ts'
import { formatCount, printResult, type WithJson } from '../subcommand.ts'
import { publicUser, requireUser, userRoles } from './record.ts'
import { commandName } from '../../lib/command-name.ts'

export async function setRole(
  email: string,
  { role, yes, ...options }: { role: Role } & WithJson & WithYes
): Promise<void> {
  const changeRole = async (trx: Trx) => {
    const account = await requireUser(trx, email)
    const change = await assignRole(trx, account, role, commandEntry)
    return { previousRole: account.role, user: requireChanged(account, change).user }
  }
  const describeLoss = ({ previousRole, user }: { previousRole: Role; user: User }) =>
    userRoles.indexOf(previousRole) < userRoles.indexOf(role)
      ? `This takes rights away from ${user.email}: their role changes from ${previousRole} to ` +
        `${role} with the next request.`
      : undefined
  const { user } = await runConfirmed(changeRole, describeLoss, { ...(yes && { yes }) })
  printResult(options, publicUser(user), () => `${user.email} has the role ${role}.`)
}

export async function disableUser(
  email: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const describeLoss = ({ user }: { user: User }) =>
    `This disables ${user.email}: sign-in, API keys and connected apps stop working until you ` +
    'enable the account again, and browser sessions end. No data is lost.'
  const { user, outcome } = await runConfirmed(
    (trx) => switchUser(trx, email, false),
    describeLoss,
    { ...(yes && { yes }) }
  )
  printResult(options, publicUser(user), () =>
    outcome === 'changed'
      ? `Disabled ${user.email} and ended their browser sessions.`
      : `${user.email} was disabled already.`
  )
}

export async function enableUser(email: string, options: WithJson): Promise<void> {
  const { user, outcome } = await withTransaction((trx) => switchUser(trx, email, true))
  printResult(options, publicUser(user), () =>
    outcome === 'changed' ? `Enabled ${user.email}.` : `${user.email} was enabled already.`
  )
}

async function switchUser(trx: Trx, email: string, isEnabled: boolean) {
  const account = await requireUser(trx, email)
  return requireChanged(account, await enableAccount(trx, account, isEnabled, commandEntry))
}

export async function removeUser(
  email: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const removeAccount = async (trx: Trx) => {
    const account = await requireUser(trx, email)
    return requireChanged(account, await deleteAccount(trx, account, commandEntry))
  }
  const { user, counts } = await runConfirmed(
    removeAccount,
    (deletion) =>
      `This permanently deletes ${deletion.user.email} with ${describeCounts(deletion.counts)}.`,
    { ...(yes && { yes }) }
  )
  printResult(
    options,
    { user_id: user.user_id, email: user.email, deleted: true, ...counts },
    () => `Deleted ${user.email} with ${describeCounts(counts)}.`
  )
}

function describeCounts({ memories, keys, apps }: DeletedCounts): string {
  return (
    `${formatCount(memories, 'memory', 'memories')}, ${formatCount(keys, 'API key')} and ` +
    formatCount(apps, 'app connection')
  )
}

/** The browser's admin pages need an administrator. Throws CommandRefusedError for the last one. */
function requireChanged<T extends { outcome: string }>(
  { email }: User,
  change: T
): Exclude<T, { outcome: 'last' }> {
  if (change.outcome !== 'last') return change as Exclude<T, { outcome: 'last' }>
  throw new CommandRefusedError(
    `${email} is the only administrator. First give another user that role: ` +
      `${commandName} user set-role EMAIL --role admin`
  )
}
