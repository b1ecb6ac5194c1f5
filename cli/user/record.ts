import type { Trx } from '../../db/connection/connect.ts'
import type { Role } from '../../db/schema/index.ts'
import { findUserByEmail, type User } from '../../db/people/users.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { commandName } from '../../lib/command-name.ts'

/** From the most rights to the fewest. */
export const userRoles: Role[] = ['admin', 'user', 'read_only']

/** Finds the user with this email address. Throws CommandRefusedError if there is none. */
export async function requireUser(trx: Trx, email: string): Promise<User> {
  const user = await findUserByEmail(trx, email)
  if (!user) {
    throw new CommandRefusedError(
      `There is no user ${quoteText(email)}. To see all users: ${commandName} user list`
    )
  }
  return user
}

/** The columns of a user that commands print. */
export function publicUser({
  password_hash: _,
  updated_at: __,
  tool_calls_cleared_at: ___,
  ...user
}: User) {
  return user
}
