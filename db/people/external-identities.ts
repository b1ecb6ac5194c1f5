import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { ExternalIdentitiesTable } from '../schema/index.ts'

export type ExternalIdentity = Selectable<ExternalIdentitiesTable>

/** The account of a provider: `subject` never changes, `email` can. */
export type ProviderAccount = Pick<ExternalIdentity, 'issuer' | 'subject' | 'email'>

/** The person who has this account of the provider. Unique index external_identities_subject. */
export function findIdentityBySubject(
  db: Db,
  { issuer, subject }: Pick<ExternalIdentity, 'issuer' | 'subject'>
): Promise<ExternalIdentity | undefined> {
  return db
    .selectFrom('external_identities')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
}

/** The person's account at this provider. Primary key. */
export function findIdentity(
  db: Db,
  userId: string,
  issuer: string
): Promise<ExternalIdentity | undefined> {
  return db
    .selectFrom('external_identities')
    .selectAll()
    .where('user_id', '=', userId)
    .where('issuer', '=', issuer)
    .executeTakeFirst()
}

/**
 * Links an account of a provider to a person. Returns false if the person has another account
 * there, or the account belongs to somebody.
 */
export async function insertIdentity(
  db: Db,
  userId: string,
  { issuer, subject, email }: ProviderAccount
): Promise<boolean> {
  const insertedIdentity = await db
    .insertInto('external_identities')
    .values({ user_id: userId, issuer, subject, email, last_used_at: sql<Date>`now()` })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst()
  return insertedIdentity !== undefined
}

/** Records a use, and the email address that the provider gave. */
export async function noteIdentityUse(
  db: Db,
  { issuer, subject, email }: ProviderAccount
): Promise<void> {
  await db
    .updateTable('external_identities')
    .set({ email, last_used_at: sql<Date>`now()` })
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .execute()
}

/** Returns false if the person had no account at this provider. */
export async function deleteIdentity(db: Db, userId: string, issuer: string): Promise<boolean> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('external_identities')
    .where('user_id', '=', userId)
    .where('issuer', '=', issuer)
    .executeTakeFirstOrThrow()
  return deleted > 0n
}
