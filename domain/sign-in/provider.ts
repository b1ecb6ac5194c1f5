import type { Db } from '../../db/connection/connect.ts'
import {
  findIdentity,
  findIdentityBySubject,
  insertIdentity,
  noteIdentityUse,
  type ProviderAccount
} from '../../db/people/external-identities.ts'
import {
  findUser,
  findUserByEmail,
  hasAnyUser,
  insertUser,
  type User
} from '../../db/people/users.ts'

/** Who may sign in with the provider. Without lists: everybody who has an account here. */
export interface ProviderRules {
  emails: string[]
  /** `*` means every domain. */
  domains: string[]
  signUp: boolean
  linkByEmail: boolean
}

/** Why the provider's person may not sign in, as a slug of the audit log. */
export type ProviderFault =
  'oidc_email_denied' | 'oidc_subject_changed' | 'oidc_no_account' | 'disabled_user'

/** What follows a sign-in at the provider. */
export type ProviderResult =
  | { user: User; isNew?: true; isLinked?: true }
  /** The person must first prove this account, whose email address is the same. */
  | { linkable: User }
  | { reason: ProviderFault; user_id?: string }

/** Whether the rules let this email address in. Addresses compare without case. */
export function isAllowedEmail(email: string, { emails, domains }: ProviderRules): boolean {
  if (emails.length === 0 && domains.length === 0) return true
  const address = email.toLowerCase()
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return (
    emails.some((allowed) => allowed.toLowerCase() === address) ||
    domains.some((allowed) => allowed === '*' || allowed.toLowerCase() === domain)
  )
}

/**
 * The person here whom the provider's account is. The subject identifies it, because an address can
 * come to somebody else. The address must be allowed at each sign-in.
 */
export async function findProviderPerson(
  db: Db,
  account: ProviderAccount & { name: string },
  rules: ProviderRules
): Promise<ProviderResult> {
  if (!isAllowedEmail(account.email, rules)) return { reason: 'oidc_email_denied' }
  const identity = await findIdentityBySubject(db, account)
  if (identity) {
    const user = await findUser(db, identity.user_id)
    if (!user) return { reason: 'oidc_no_account' } // deleted a moment ago
    if (user.disabled_at) return { reason: 'disabled_user', user_id: user.user_id }
    await noteIdentityUse(db, account)
    return { user }
  }
  const user = await findUserByEmail(db, account.email)
  return user ? linkAccount(db, account, user, rules) : signUp(db, account, rules)
}

/** The account has the email address of a person here, who has not linked it. */
async function linkAccount(
  db: Db,
  account: ProviderAccount,
  user: User,
  { linkByEmail }: ProviderRules
): Promise<ProviderResult> {
  const { user_id: userId } = user
  if (await findIdentity(db, userId, account.issuer)) {
    return { reason: 'oidc_subject_changed', user_id: userId }
  }
  if (user.disabled_at) return { reason: 'disabled_user', user_id: userId }
  if (!linkByEmail) return { linkable: user }
  const isLinked = await insertIdentity(db, userId, account)
  return isLinked ? { user, isLinked } : { reason: 'oidc_subject_changed', user_id: userId }
}

/** The first account is never made so: it must be an administrator's. */
async function signUp(
  db: Db,
  { name, ...account }: ProviderAccount & { name: string },
  rules: ProviderRules
): Promise<ProviderResult> {
  if (!rules.signUp || !(await hasAnyUser(db))) return { reason: 'oidc_no_account' }
  return db.transaction().execute(async (trx) => {
    const { email } = account
    const user = await insertUser(trx, { email, name, role: 'user', password_hash: null })
    if (!user) return { reason: 'oidc_no_account' } // made a moment ago: the next try links it
    await insertIdentity(trx, user.user_id, account)
    return { user, isNew: true }
  })
}
