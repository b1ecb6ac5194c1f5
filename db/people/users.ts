import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { countRows, isBehind, type Page } from '../connection/page.ts'
import type { Language } from '../../lib/language.ts'
import type { Role, UsersTable } from '../schema/index.ts'

export type User = Selectable<UsersTable>
export interface NewUser {
  email: string
  name?: string
  role?: Role
  password_hash: string | null
  timezone?: string
}

/** Unique index users_email. */
function matchesEmail(email: string): RawBuilder<boolean> {
  return sql<boolean>`lower(email) = lower(${email.trim()})`
}

/**
 * The form in which the database compares this address. JavaScript folds some letters differently:
 * U+0130 becomes two characters there and an i in PostgreSQL. Counts per address must use this
 * form.
 */
export async function foldEmail(db: Db, email: string): Promise<string> {
  const foldedEmail = sql<{ email: string }>`select lower(${email.trim()}) as email`
  return (await foldedEmail.execute(db)).rows[0]!.email
}

/** The user with this address, regardless of case; undefined if there is none. */
export function findUserByEmail(db: Db, email: string): Promise<User | undefined> {
  return db.selectFrom('users').selectAll().where(matchesEmail(email)).executeTakeFirst()
}

/** The user with this id; undefined if there is none. */
export function findUser(db: Db, userId: string): Promise<User | undefined> {
  return db.selectFrom('users').selectAll().where('user_id', '=', userId).executeTakeFirst()
}

/** Oldest first. */
export function listUsers(db: Db, { limit, after }: Page): Promise<User[]> {
  const pageOrder = { table: 'users', id: 'user_id', order: 'ascending' as const }
  return db
    .selectFrom('users')
    .selectAll()
    .$if(after !== undefined, (query) => query.where(isBehind(pageOrder, after!)))
    .orderBy('created_at')
    .orderBy('user_id')
    .limit(limit)
    .execute()
}

/** The number of users; MAX_COUNTED stands for that many or more. */
export function countUsers(db: Db): Promise<number> {
  return countRows(db, db.selectFrom('users').select('user_id'))
}

/** Whether there is a user. */
export async function hasAnyUser(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('user_id').limit(1).executeTakeFirst()) !== undefined
}

/** Whether there is an administrator who is not disabled. */
export async function hasAnyAdmin(db: Db): Promise<boolean> {
  return (
    (await db
      .selectFrom('users')
      .select('user_id')
      .where('role', '=', 'admin')
      .where('disabled_at', 'is', null)
      .limit(1)
      .executeTakeFirst()) !== undefined
  )
}

/** Locks the administrators who are not disabled until the transaction ends; returns their ids. */
export async function lockAdmins(trx: Trx): Promise<string[]> {
  const adminRows = await trx
    .selectFrom('users')
    .select('user_id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .orderBy('user_id')
    .forNoKeyUpdate()
    .execute()
  return adminRows.map(({ user_id: userId }) => userId)
}

/** What a user can still use: apps and API keys; MAX_COUNTED stands for that many or more. */
export async function countUserAccess(
  db: Db,
  userId: string
): Promise<{ apps: number; keys: number }> {
  const unrevoked = (table: 'oauth_grants' | 'api_keys') =>
    db
      .selectFrom(table)
      .select('user_id')
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null)
  return {
    apps: await countRows(db, unrevoked('oauth_grants')),
    keys: await countRows(db, unrevoked('api_keys'))
  }
}

/** Deletes a user with everything they own (foreign keys cascade); returns the numbers of items. */
export async function deleteUser(
  trx: Trx,
  userId: string
): Promise<{ memories: number; keys: number; apps: number }> {
  const ownedCounts = await trx
    .selectNoFrom(({ selectFrom, fn }) => [
      selectFrom('memories')
        .select(fn.countAll<number>().as('n'))
        .where('user_id', '=', userId)
        .as('memories'),
      selectFrom('api_keys')
        .select(fn.countAll<number>().as('n'))
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .as('keys'),
      selectFrom('oauth_grants')
        .select(fn.countAll<number>().as('n'))
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .as('apps')
    ])
    .executeTakeFirstOrThrow()
  await trx.deleteFrom('users').where('user_id', '=', userId).execute()
  return {
    memories: ownedCounts.memories ?? 0,
    keys: ownedCounts.keys ?? 0,
    apps: ownedCounts.apps ?? 0
  }
}

/** Inserts a user; undefined if the email address is taken. */
export function insertUser(db: Db, user: NewUser): Promise<User | undefined> {
  return db
    .insertInto('users')
    .values({ ...user, email: user.email.trim() })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/**
 * Inserts the first administrator; undefined if a user exists. Of two concurrent calls one
 * succeeds.
 */
export async function insertFirstAdmin(trx: Trx, user: NewUser): Promise<User | undefined> {
  await sql`lock table users in share row exclusive mode`.execute(trx)
  return (await hasAnyUser(trx)) ? undefined : insertUser(trx, { ...user, role: 'admin' })
}

/** Locks a user until the transaction ends; other callers wait. */
export async function lockUser(trx: Trx, userId: string): Promise<void> {
  await trx
    .selectFrom('users')
    .select('user_id')
    .where('user_id', '=', userId)
    .forNoKeyUpdate()
    .execute()
}

/** Changes the given columns; undefined if there is no such user. */
export function updateUser(
  db: Db,
  userId: string,
  change: { disabled_at?: Date | null; password_hash?: string; role?: Role }
): Promise<User | undefined> {
  return db
    .updateTable('users')
    .set({ ...change, updated_at: sql`now()` })
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
}

/**
 * Changes the password. Returns false if it changed since it was verified: of two concurrent
 * changes one succeeds.
 */
export async function replacePassword(
  db: Db,
  { user_id: userId, password_hash: proven }: Pick<User, 'user_id' | 'password_hash'>,
  passwordHash: string
): Promise<boolean> {
  const { numUpdatedRows: updated } = await db
    .updateTable('users')
    .set({ password_hash: passwordHash, updated_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('password_hash', 'is not distinct from', proven)
    .executeTakeFirstOrThrow()
  return updated === 1n
}

/**
 * Changes name and email address. `stale`: the password changed since it was verified. `taken`:
 * another account has the address.
 */
export async function replaceProfile(
  db: Db,
  { user_id: userId, password_hash: proven }: Pick<User, 'user_id' | 'password_hash'>,
  profile: { name: string; email: string }
): Promise<'replaced' | 'stale' | 'taken'> {
  try {
    const { numUpdatedRows: updated } = await db
      .updateTable('users')
      .set({ ...profile, updated_at: sql`now()` })
      .where('user_id', '=', userId)
      .where('password_hash', 'is not distinct from', proven)
      .executeTakeFirstOrThrow()
    return updated === 1n ? 'replaced' : 'stale'
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return 'taken' // unique index users_email
    throw error
  }
}

/** Records a sign-in. */
export async function touchUser(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ last_login_at: sql`now()` })
    .where('user_id', '=', userId)
    .execute()
}

/** Sets the language of the user's pages; null means what the browser asks for. */
export async function updateLanguage(
  db: Db,
  userId: string,
  language: Language | null
): Promise<void> {
  await db
    .updateTable('users')
    .set({ language, updated_at: sql`now()` })
    .where('user_id', '=', userId)
    .execute()
}

/** The IANA name of the user's time zone; null if none is set, which means UTC. */
export async function findTimezone(db: Db, userId: string): Promise<string | null> {
  const userRow = await db
    .selectFrom('users')
    .select('timezone')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return userRow?.timezone ?? null
}

/** Sets the time zone, or null for none. The caller checks the name with `timezoneNamed`. */
export function updateTimezone(db: Db, userId: string, timezone: string | null) {
  return db
    .updateTable('users')
    .set({ timezone, updated_at: sql`now()` })
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
}
