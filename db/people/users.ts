import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { isBehind, MAX_COUNTED, type Page } from '../connection/page.ts'
import type { Role, UsersTable } from '../schema/index.ts'

export type User = Selectable<UsersTable>
export interface NewUser {
  email: string
  name?: string
  role?: Role
  password_hash: string | null
  timezone?: string
}

const byEmail = (email: string) => sql<boolean>`lower(email) = lower(${email.trim()})` // unique index users_email

/**
 * How the database compares this address. JavaScript folds some letters otherwise: to it U+0130 is
 * two characters, to PostgreSQL an i. What is counted per address must go by the database.
 */
export async function foldEmail(db: Db, email: string): Promise<string> {
  const folded = sql<{ email: string }>`select lower(${email.trim()}) as email`
  return (await folded.execute(db)).rows[0]!.email
}

/** Email addresses are compared without regard to case. */
export function findUserByEmail(db: Db, email: string): Promise<User | undefined> {
  return db.selectFrom('users').selectAll().where(byEmail(email)).executeTakeFirst()
}

/** In the order in which they came. */
export function listUsers(db: Db, { limit, after }: Page): Promise<User[]> {
  const behind = { table: 'users', id: 'user_id', order: 'ascending' as const }
  return db
    .selectFrom('users')
    .selectAll()
    .$if(after !== undefined, (query) => query.where(isBehind(behind, after!)))
    .orderBy('created_at')
    .orderBy('user_id')
    .limit(limit)
    .execute()
}

/** How many there are; MAX_COUNTED stands for that or more. */
export async function countUsers(db: Db): Promise<number> {
  const all = db.selectFrom('users').select('user_id').limit(MAX_COUNTED)
  const { count } = await db
    .selectFrom(all.as('a'))
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function anyUser(db: Db): Promise<boolean> {
  return (await db.selectFrom('users').select('user_id').limit(1).executeTakeFirst()) !== undefined
}

/** Somebody who administers the server, and is not disabled. */
export async function anyAdmin(db: Db): Promise<boolean> {
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

/** The ids of the administrators that are not disabled, locked until the transaction ends. */
export async function lockAdmins(trx: Trx): Promise<string[]> {
  const admins = await trx
    .selectFrom('users')
    .select('user_id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .orderBy('user_id')
    .forNoKeyUpdate()
    .execute()
  return admins.map(({ user_id: userId }) => userId)
}

/**
 * Deletes a person with everything of theirs (foreign keys cascade); tells how much of it there
 * was.
 */
export async function deleteUser(
  trx: Trx,
  userId: string
): Promise<{ memories: number; keys: number; apps: number }> {
  const counts = await trx
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
  return { memories: counts.memories ?? 0, keys: counts.keys ?? 0, apps: counts.apps ?? 0 }
}

/** undefined when the email address is taken. */
export function insertUser(db: Db, user: NewUser): Promise<User | undefined> {
  return db
    .insertInto('users')
    .values({ ...user, email: user.email.trim() })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/**
 * Inserts the first administrator; undefined when there is a user already. Of two at the same
 * instant one gets in.
 */
export async function insertFirstAdmin(trx: Trx, user: NewUser): Promise<User | undefined> {
  await sql`lock table users in share row exclusive mode`.execute(trx)
  return (await anyUser(trx)) ? undefined : insertUser(trx, { ...user, role: 'admin' })
}

/** Whoever asks for the same waits until the transaction ends. */
export async function lockUser(trx: Trx, userId: string): Promise<void> {
  await trx
    .selectFrom('users')
    .select('user_id')
    .where('user_id', '=', userId)
    .forNoKeyUpdate()
    .execute()
}

/** Changes the named columns; undefined when there is no such user. */
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
 * False when the password is not the one any more by which the person was proven: of two changes at
 * the same instant one is made.
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
 * Changes name and email address: `stale` when the password is not the one any more by which the
 * person was proven, `taken` when another account has the email address.
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

export async function touchUser(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ last_login_at: sql`now()` })
    .where('user_id', '=', userId)
    .execute()
}

/** The person's time zone as an IANA name; null when none is set, which means UTC. */
export async function findTimezone(db: Db, userId: string): Promise<string | null> {
  const user = await db
    .selectFrom('users')
    .select('timezone')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return user?.timezone ?? null
}

/** Sets the time zone, null for none. The caller checks the name with `timezoneNamed`. */
export function updateTimezone(db: Db, userId: string, timezone: string | null) {
  return db
    .updateTable('users')
    .set({ timezone, updated_at: sql`now()` })
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
}
