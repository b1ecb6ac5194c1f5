import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { lookup } from '../connection/lookup.ts'
import type { Role } from '../schema/index.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

/** A sign-in ends so many days after it was made, however often it is used. */
const MAX_DAYS = 180

/** A person who is signed in. */
export interface Session {
  session_hash: string
  user_id: string
  email: string
  name: string
  role: Role
}

/** Who was proven, and by which password. */
interface Proven {
  user_id: string
  password_hash: string | null
}

interface Browser {
  days: number
  ip_address: string
  user_agent: string | null
}

/**
 * A new session for `days` days from its last use; returns the token for the cookie. undefined when
 * the password was changed since the proof, or the person disabled: what does that ends all
 * sessions, and must not miss the one that is just being made.
 */
export async function issueSession(
  db: Db,
  { user_id: userId, password_hash: passwordHash }: Proven,
  { days, ...browser }: Browser
): Promise<string | undefined> {
  const token = newSecret()
  return db.transaction().execute(async (trx) => {
    const proven = await trx
      .selectFrom('users')
      .select('user_id')
      .where('user_id', '=', userId)
      .where('password_hash', 'is not distinct from', passwordHash)
      .where('disabled_at', 'is', null)
      .forShare()
      .executeTakeFirst()
    if (!proven) return undefined
    await trx
      .insertInto('sessions')
      .values({
        ...browser,
        user_id: userId,
        session_hash: secretDigest(token),
        expires_at: sql`now() + make_interval(days => ${days})`
      })
      .execute()
    return token
  })
}

const findByHash = lookup('find_session', ['hash'], (db, of) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.user_id', 'sessions.user_id')
    .select([
      'session_hash',
      'users.user_id',
      'email',
      'name',
      'role',
      sql<boolean>`last_seen_at < now() - interval '1 minute'`.as('stale')
    ])
    .where('session_hash', '=', of.hash) // primary key
    .where('expires_at', '>', sql<Date>`now()`)
    .where(
      'sessions.created_at',
      '>',
      sql<Date>`now() - make_interval(days => ${sql.lit(MAX_DAYS)})`
    )
    .where('users.disabled_at', 'is', null)
)

/**
 * The session and its user, when it is alive and the user is not disabled. Use prolongs it, written
 * at most once a minute, up to 180 days after the sign-in.
 */
export async function findSession(
  db: Db,
  token: string,
  days: number
): Promise<Session | undefined> {
  const session = await findByHash(db, { hash: secretDigest(token) })
  if (!session) return undefined
  const { stale, ...found } = session
  if (stale) {
    await db
      .updateTable('sessions')
      .set({ last_seen_at: sql`now()`, expires_at: sql`now() + make_interval(days => ${days})` })
      .where('session_hash', '=', found.session_hash)
      .execute()
  }
  return found
}

export async function deleteSession(db: Db, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('session_hash', '=', secretDigest(token)).execute()
}

/** Signs a user out everywhere. */
export async function deleteSessionsOf(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute()
}

/** Signs a user out everywhere but in one browser. */
export async function deleteOtherSessionsOf(
  db: Db,
  userId: string,
  sessionHash: string
): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('session_hash', '!=', sessionHash)
    .execute()
}

export async function deleteExpiredSessions(db: Db): Promise<void> {
  const tooOld = sql<boolean>`created_at <= now() - make_interval(days => ${MAX_DAYS})`
  await db
    .deleteFrom('sessions')
    .where(({ or, eb }) => or([eb('expires_at', '<=', sql<Date>`now()`), tooOld]))
    .execute()
}
