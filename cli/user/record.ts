import type { Trx } from '../../db/connection/connect.ts'
import type { Role } from '../../db/schema/index.ts'
import { findUserByEmail, type User } from '../../db/people/users.ts'
import { Refusal, shown } from '../arguments.ts'

export const roles: Role[] = ['admin', 'user', 'read_only']

/** Throws Refusal when nobody has the email address. */
export async function userOf(trx: Trx, email: string): Promise<User> {
  const user = await findUserByEmail(trx, email)
  if (!user) throw new Refusal(`There is no user ${shown(email)}. To see all: npx kagura user list`)
  return user
}

export function outside({
  password_hash: _,
  updated_at: __,
  tool_calls_cleared_at: ___,
  ...user
}: User) {
  return user
}
