import { sql } from 'kysely'
import type { Db } from './connect.ts'
import type { Role } from './tables/index.ts'
import { digest, newSecret } from './secrets.ts'

/** A person who is signed in. */
export interface Session {
  session_hash: string
  user_id: string
  email: string
  name: string
  role: Role
}

/** A new session for `days` days from its last use; returns the token for the cookie. */
export async function issueSession (db: Db, session: { user_id: string, days: number, ip_address: string, user_agent: string | null }): Promise<string> {
  const token = newSecret()
  const { days, ...row } = session
  await db.insertInto('sessions').values({ ...row, session_hash: digest(token), expires_at: sql`now() + make_interval(days => ${days})` }).execute()
  return token
}

/** The session and its user, when it is alive and the user is not disabled. Use prolongs it, written at most once a minute. */
export async function findSession (db: Db, token: string, days: number): Promise<Session | undefined> {
  const session = await db.selectFrom('sessions').innerJoin('users', 'users.user_id', 'sessions.user_id')
    .select(['session_hash', 'users.user_id', 'email', 'name', 'role', sql<boolean>`last_seen_at < now() - interval '1 minute'`.as('stale')])
    .where('session_hash', '=', digest(token)) // primary key
    .where('expires_at', '>', sql<Date>`now()`).where('users.disabled_at', 'is', null).executeTakeFirst()
  if (!session) return undefined
  const { stale, ...found } = session
  if (stale) {
    await db.updateTable('sessions').set({ last_seen_at: sql`now()`, expires_at: sql`now() + make_interval(days => ${days})` })
      .where('session_hash', '=', found.session_hash).execute()
  }
  return found
}

export async function deleteSession (db: Db, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('session_hash', '=', digest(token)).execute()
}

/** Signs a user out everywhere. */
export async function deleteSessionsOf (db: Db, userId: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute()
}

/** Signs a user out everywhere but in one browser. */
export async function deleteOtherSessionsOf (db: Db, userId: string, sessionHash: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).where('session_hash', '!=', sessionHash).execute()
}

export async function deleteExpiredSessions (db: Db): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', sql<Date>`now()`).execute()
}
