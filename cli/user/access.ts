import type { Trx } from '../../db/connection/connect.ts'
import { deleteUserSessions } from '../../db/people/sessions.ts'
import type { Role } from '../../db/schema/index.ts'
import { deleteUser, updateUser, type User } from '../../db/people/users.ts'
import { isLastAdministrator } from '../../domain/people/last-administrator.ts'
import { CommandRefusedError } from '../arguments.ts'
import { runConfirmed, type WithYes } from '../confirm.ts'
import { recordAudit, withTransaction } from '../database.ts'
import { formatCount, printResult, type WithJson } from '../subcommand.ts'
import { publicUser, requireUser, userRoles } from './record.ts'

export async function setRole(
  email: string,
  { role, yes, ...options }: { role: Role } & WithJson & WithYes
): Promise<void> {
  const changeRole = async (trx: Trx) => {
    const user = await requireUser(trx, email)
    if (role !== 'admin') await requireAnotherAdmin(trx, user)
    await recordAudit(trx, 'user.role_changed', {
      user_id: user.user_id,
      details: { from: user.role, to: role }
    })
    return { previousRole: user.role, user: (await updateUser(trx, user.user_id, { role }))! }
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
  const disableAccount = async (trx: Trx) => {
    const user = await requireUser(trx, email)
    await requireAnotherAdmin(trx, user)
    const switchedUser = await switchAccount(trx, user, new Date())
    await deleteUserSessions(trx, user.user_id)
    return switchedUser
  }
  const describeLoss = ({ user }: { user: User }) =>
    `This disables ${user.email}: sign-in, API keys and connected apps stop working until you ` +
    'enable the account again, and browser sessions end. No data is lost.'
  const { user, changed } = await runConfirmed(disableAccount, describeLoss, {
    ...(yes && { yes })
  })
  printResult(options, publicUser(user), () =>
    changed
      ? `Disabled ${user.email} and ended their browser sessions.`
      : `${user.email} was disabled already.`
  )
}

export async function enableUser(email: string, options: WithJson): Promise<void> {
  const { user, changed } = await withTransaction(async (trx) =>
    switchAccount(trx, await requireUser(trx, email), null)
  )
  printResult(options, publicUser(user), () =>
    changed ? `Enabled ${user.email}.` : `${user.email} was enabled already.`
  )
}

async function switchAccount(
  trx: Trx,
  user: User,
  disabledAt: Date | null
): Promise<{ user: User; changed: boolean }> {
  if ((user.disabled_at === null) === (disabledAt === null)) return { user, changed: false }
  await recordAudit(trx, disabledAt ? 'user.disabled' : 'user.enabled', { user_id: user.user_id })
  return {
    user: (await updateUser(trx, user.user_id, { disabled_at: disabledAt }))!,
    changed: true
  }
}

interface DeletedCounts {
  memories: number
  keys: number
  apps: number
}

export async function removeUser(
  email: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const removeAccount = async (trx: Trx): Promise<DeletedCounts & { user: User }> => {
    const user = await requireUser(trx, email)
    await requireAnotherAdmin(trx, user)
    const deletedCounts = await deleteUser(trx, user.user_id)
    await recordAudit(trx, 'user.deleted', { user_id: user.user_id, details: { ...deletedCounts } })
    return { user, ...deletedCounts }
  }
  const { user, ...deletedCounts } = await runConfirmed(
    removeAccount,
    (deletion) =>
      `This permanently deletes ${deletion.user.email} with ${describeCounts(deletion)}.`,
    { ...(yes && { yes }) }
  )
  printResult(
    options,
    { user_id: user.user_id, email: user.email, deleted: true, ...deletedCounts },
    () => `Deleted ${user.email} with ${describeCounts(deletedCounts)}.`
  )
}

function describeCounts({ memories, keys, apps }: DeletedCounts): string {
  return (
    `${formatCount(memories, 'memory', 'memories')}, ${formatCount(keys, 'API key')} and ` +
    formatCount(apps, 'app connection')
  )
}

/** The browser's admin pages need an administrator. Throws CommandRefusedError for the last one. */
async function requireAnotherAdmin(trx: Trx, user: User): Promise<void> {
  if (!(await isLastAdministrator(trx, user))) return
  throw new CommandRefusedError(
    `${user.email} is the only administrator. First give another user that role: ` +
      'npx kagura user set-role EMAIL --role admin'
  )
}
