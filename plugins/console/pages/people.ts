import type { AccountLink } from '../../../db/people/account-links.ts'
import type { User } from '../../../db/people/users.ts'
import type { Role } from '../../../db/schema/index.ts'

/** An account in the list, with what it stores. */
export interface Account {
  user: Omit<User, 'password_hash'>
  memories: number
  bytes: number
}

/** The accounts of this server, for administrators. */
export interface PeoplePages {
  'admin/people': {
    accounts: Account[]
    invitations: AccountLink[]
    roles: readonly Role[]
    more?: string | undefined
  }
  'admin/person': {
    account: Account
    roles: readonly Role[]
    /** Whether it is the administrator who looks at the page. */
    isSelf: boolean
  }
}
