import type { Trx } from '../../db/connection/connect.ts'
import { deleteSessionsOf } from '../../db/people/sessions.ts'
import type { Role } from '../../db/schema/index.ts'
import { deleteUser, lockAdmins, updateUser, type User } from '../../db/people/users.ts'
import { Refusal } from '../arguments.ts'
import { confirmed, type WithYes } from '../confirm.ts'
import { audit, withTransaction } from '../database.ts'
import { counted, print, type WithJson } from '../subcommand.ts'
import { outside, roles, userOf } from './record.ts'

export async function setRole(
  email: string,
  { role, yes, ...options }: { role: Role } & WithJson & WithYes
): Promise<void> {
  const change = async (trx: Trx) => {
    const user = await userOf(trx, email)
    if (role !== 'admin') await requireAnotherAdmin(trx, user)
    await audit(trx, 'user.role_changed', {
      user_id: user.user_id,
      details: { from: user.role, to: role }
    })
    return { former: user.role, user: (await updateUser(trx, user.user_id, { role }))! }
  }
  const consequences = ({ former, user }: { former: Role; user: User }) =>
    roles.indexOf(former) < roles.indexOf(role)
      ? `This takes rights from ${user.email}: ${role} instead of ${former}, from the next request on.`
      : undefined
  const { user } = await confirmed(change, consequences, { ...(yes && { yes }) })
  print(options, outside(user), () => `${user.email} has the role ${role}.`)
}

export async function disableUser(
  email: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const disable = async (trx: Trx) => {
    const user = await userOf(trx, email)
    await requireAnotherAdmin(trx, user)
    const result = await switched(trx, user, new Date())
    await deleteSessionsOf(trx, user.user_id)
    return result
  }
  const consequences = ({ user }: { user: User }) =>
    `This shuts ${user.email} out: sign-in, API keys and connected apps stop working until ` +
    'they are enabled again, and browser sessions end. No data is lost.'
  const { user, changed } = await confirmed(disable, consequences, { ...(yes && { yes }) })
  print(options, outside(user), () =>
    changed
      ? `Disabled ${user.email}; their browser sessions are ended.`
      : `${user.email} was disabled already.`
  )
}

export async function enableUser(email: string, options: WithJson): Promise<void> {
  const { user, changed } = await withTransaction(async (trx) =>
    switched(trx, await userOf(trx, email), null)
  )
  print(options, outside(user), () =>
    changed ? `Enabled ${user.email}.` : `${user.email} was enabled already.`
  )
}

async function switched(
  trx: Trx,
  user: User,
  disabledAt: Date | null
): Promise<{ user: User; changed: boolean }> {
  if ((user.disabled_at === null) === (disabledAt === null)) return { user, changed: false }
  await audit(trx, disabledAt ? 'user.disabled' : 'user.enabled', { user_id: user.user_id })
  return {
    user: (await updateUser(trx, user.user_id, { disabled_at: disabledAt }))!,
    changed: true
  }
}

interface Deletion {
  user: User
  memories: number
  keys: number
  apps: number
}

export async function removeUser(
  email: string,
  { yes, ...options }: WithJson & WithYes
): Promise<void> {
  const remove = async (trx: Trx): Promise<Deletion> => {
    const user = await userOf(trx, email)
    await requireAnotherAdmin(trx, user)
    const counts = await deleteUser(trx, user.user_id)
    await audit(trx, 'user.deleted', { user_id: user.user_id, details: { ...counts } })
    return { user, ...counts }
  }
  const things = ({ memories, keys, apps }: Deletion) =>
    `${counted(memories, 'memory', 'memories')}, ${counted(keys, 'API key')} and ${counted(apps, 'app connection')}`
  const { user, ...counts } = await confirmed(
    remove,
    (deletion) => `This deletes ${deletion.user.email} with ${things(deletion)}, for good.`,
    { ...(yes && { yes }) }
  )
  print(
    options,
    { user_id: user.user_id, email: user.email, deleted: true, ...counts },
    () => `Deleted ${user.email} with ${things({ user, ...counts })}.`
  )
}

/** Without an administrator nobody could change anything in the browser. Throws Refusal. */
async function requireAnotherAdmin(trx: Trx, user: User): Promise<void> {
  const admins = await lockAdmins(trx) // of two commands at once the second sees what the first left
  if (admins.length !== 1 || admins[0] !== user.user_id) return
  throw new Refusal(
    `${user.email} is the only administrator. First make somebody else one: ` +
      'npx kagura user set-role EMAIL --role admin'
  )
}
