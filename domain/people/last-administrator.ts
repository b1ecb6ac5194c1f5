import type { Trx } from '../../db/connection/connect.ts'
import { lockAdmins, type User } from '../../db/people/users.ts'

/**
 * Whether this is the only administrator who is not disabled. The last one cannot be disabled,
 * deleted, or lose the role: nobody could open the pages of administrators. Locks the
 * administrators, so that a concurrent change waits and then sees this one.
 */
export async function isLastAdministrator(
  trx: Trx,
  { user_id: userId }: Pick<User, 'user_id'>
): Promise<boolean> {
  const adminIds = await lockAdmins(trx)
  return adminIds.length === 1 && adminIds[0] === userId
}
