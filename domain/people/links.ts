import { type Auditor, insertAuditLog } from '../../db/audit/audit-logs.ts'
import type { Trx } from '../../db/connection/connect.ts'
import { issueAccountLink, type IssuedLink } from '../../db/people/account-links.ts'
import { findUserByEmail, type User } from '../../db/people/users.ts'
import type { Role } from '../../db/schema/index.ts'

const LINK_HOURS = 24

/** A one-time link, with its address on this server. */
export interface AccountUrl {
  url: string
  expires_at: Date
}

/**
 * Makes a one-time link with which somebody makes an account. undefined if an account has the
 * address. An earlier invitation of the address stops working.
 * @param publicUrl The address of the server, without a trailing slash.
 */
export async function invitePerson(
  trx: Trx,
  { email, role }: { email: string; role: Role },
  publicUrl: string,
  audit: Auditor
): Promise<AccountUrl | undefined> {
  if (await findUserByEmail(trx, email)) return undefined
  const newLink = { kind: 'invitation', email, role } as const
  const link = await issueAccountLink(trx, newLink, { hours: LINK_HOURS })
  await insertAuditLog(trx, audit('user.invited', { details: { email, role } }))
  return accountUrl(`${publicUrl}/invite`, link)
}

/**
 * Makes a one-time link with which a person chooses a new password. An earlier one stops working.
 * @param publicUrl The address of the server, without a trailing slash.
 */
export async function createResetLink(
  trx: Trx,
  { user_id: userId }: User,
  publicUrl: string,
  audit: Auditor
): Promise<AccountUrl> {
  const newLink = { kind: 'password_reset', user_id: userId } as const
  const link = await issueAccountLink(trx, newLink, { hours: LINK_HOURS })
  await insertAuditLog(trx, audit('user.reset_link_created', { user_id: userId }))
  return accountUrl(`${publicUrl}/reset`, link)
}

function accountUrl(page: string, { token, expires_at }: IssuedLink): AccountUrl {
  return { url: `${page}?token=${token}`, expires_at }
}
