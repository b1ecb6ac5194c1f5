import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { AccountLinksTable, Role } from '../schema/index.ts'
import { newSecret, secretDigest } from '../../lib/secrets.ts'

export type AccountLink = Selectable<AccountLinksTable>

/** What a link lets its holder do: make an account, or choose a new password for one. */
export type NewAccountLink =
  { kind: 'invitation'; email: string; role: Role } | { kind: 'password_reset'; user_id: string }

/** The token of a new link, which nothing can show again. */
export interface IssuedLink {
  token: string
  expires_at: Date
}

const isUnexpired = sql<boolean>`expires_at > now()`

/**
 * Issues a one-time token, which is stored as its digest only. An earlier link for the same address
 * or account stops working.
 */
export async function issueAccountLink(
  trx: Trx,
  link: NewAccountLink,
  { hours }: { hours: number }
): Promise<IssuedLink> {
  const token = newSecret()
  await trx
    .deleteFrom('account_links')
    .where((where) =>
      where.or([
        where('expires_at', '<=', sql<Date>`now()`),
        link.kind === 'invitation'
          ? sql<boolean>`lower(email) = lower(${link.email})`
          : where('user_id', '=', link.user_id)
      ])
    )
    .execute()
  const { expires_at } = await trx
    .insertInto('account_links')
    .values({
      ...link,
      token_hash: secretDigest(token),
      expires_at: sql`now() + make_interval(hours => ${hours})`
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow()
  return { token, expires_at }
}

/** The link of a token; undefined if it was used, revoked, or has expired. It stays valid. */
export function findAccountLink(
  db: Db,
  token: string,
  kind: AccountLink['kind']
): Promise<AccountLink | undefined> {
  return db
    .selectFrom('account_links')
    .selectAll()
    .where('token_hash', '=', secretDigest(token)) // primary key
    .where('kind', '=', kind)
    .where(isUnexpired)
    .executeTakeFirst()
}

/** Consumes the link: of two callers at the same instant one gets undefined. */
export function consumeAccountLink(
  trx: Trx,
  token: string,
  kind: AccountLink['kind']
): Promise<AccountLink | undefined> {
  return trx
    .deleteFrom('account_links')
    .where('token_hash', '=', secretDigest(token))
    .where('kind', '=', kind)
    .where(isUnexpired)
    .returningAll()
    .executeTakeFirst()
}

/** Lists the invitations that nobody has used yet, newest first. */
export function listInvitations(db: Db, limit: number): Promise<AccountLink[]> {
  return db
    .selectFrom('account_links')
    .selectAll()
    .where('kind', '=', 'invitation')
    .where(isUnexpired)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
}

/** Revokes an invitation; returns its address, or undefined if there is none. */
export async function revokeInvitation(db: Db, linkId: string): Promise<string | undefined> {
  const revokedLink = await db
    .deleteFrom('account_links')
    .where('link_id', '=', linkId)
    .where('kind', '=', 'invitation')
    .returning('email')
    .executeTakeFirst()
  return revokedLink?.email ?? undefined
}
