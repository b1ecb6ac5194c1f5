import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import type { Role } from '../schema/index.ts'
import type { Language } from '../../lib/language.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

/** A session ends this many days after the sign-in, however often it is used. */
const MAX_SESSION_DAYS = 180
/** A proof of who the person is counts this long for what needs a recent one. */
const RECENT_MINUTES = 10

/** A signed-in user. */
export interface Session {
  session_hash: string
  user_id: string
  email: string
  name: string
  role: Role
  /** Whether the person proved who they are in the last ten minutes. */
  recently_authenticated: boolean
  /** The IANA name of the person's time zone; null means UTC. */
  timezone: string | null
  /** null means the language that the browser asks for. */
  language: Language | null
}

/** The user and the password hash that the sign-in verified. */
interface ProvenUser {
  user_id: string
  password_hash: string | null
}

interface SignInBrowser {
  days: number
  ip_address: string
  user_agent: string | null
}

/**
 * Issues a session that ends `days` days after its last use; returns the cookie token. undefined if
 * the password changed since it was verified, or the user is disabled. Either change ends all
 * sessions; the lock keeps a session that is just being made from surviving it.
 */
export async function issueSession(
  db: Db,
  { user_id: userId, password_hash: passwordHash }: ProvenUser,
  { days, ...browser }: SignInBrowser
): Promise<string | undefined> {
  const sessionToken = newSecret()
  return db.transaction().execute(async (trx) => {
    const provenUser = await trx
      .selectFrom('users')
      .select('user_id')
      .where('user_id', '=', userId)
      .where('password_hash', 'is not distinct from', passwordHash)
      .where('disabled_at', 'is', null)
      .forShare()
      .executeTakeFirst()
    if (!provenUser) return undefined
    await trx
      .insertInto('sessions')
      .values({
        ...browser,
        user_id: userId,
        session_hash: secretDigest(sessionToken),
        expires_at: sql`now() + make_interval(days => ${days})`
      })
      .execute()
    return sessionToken
  })
}

const findSessionByHash = prepareLookup('find_session', ['hash'], (db, slots) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.user_id', 'sessions.user_id')
    .select([
      'session_hash',
      'users.user_id',
      'email',
      'name',
      'role',
      sql<boolean>`authenticated_at > now() - make_interval(mins => ${sql.lit(RECENT_MINUTES)})`.as(
        'recently_authenticated'
      ),
      'timezone',
      'language',
      sql<boolean>`last_seen_at < now() - interval '1 minute'`.as('stale')
    ])
    .where('session_hash', '=', slots.hash) // primary key
    .where('expires_at', '>', sql<Date>`now()`)
    .where(
      'sessions.created_at',
      '>',
      sql<Date>`now() - make_interval(days => ${sql.lit(MAX_SESSION_DAYS)})`
    )
    .where('users.disabled_at', 'is', null)
)

/**
 * The session and its user, if it has not ended and the user is not disabled. Use extends it, at
 * most once a minute, up to MAX_SESSION_DAYS after the sign-in.
 */
export async function findSession(
  db: Db,
  token: string,
  days: number
): Promise<Session | undefined> {
  const sessionRow = await findSessionByHash(db, { hash: secretDigest(token) })
  if (!sessionRow) return undefined
  const { stale, ...session } = sessionRow
  if (stale) {
    await db
      .updateTable('sessions')
      .set({ last_seen_at: sql`now()`, expires_at: sql`now() + make_interval(days => ${days})` })
      .where('session_hash', '=', session.session_hash)
      .execute()
  }
  return session
}

/**
 * Records that the person of the session proved who they are. Returns false if the session ended,
 * or the password changed since it was verified.
 */
export async function renewAuthentication(
  db: Db,
  { session_hash: sessionHash }: Pick<Session, 'session_hash'>,
  { user_id: userId, password_hash: passwordHash }: ProvenUser
): Promise<boolean> {
  const { numUpdatedRows: updated } = await db
    .updateTable('sessions')
    .from('users')
    .set({ authenticated_at: sql`now()` })
    .where('session_hash', '=', sessionHash)
    .where('sessions.user_id', '=', userId)
    .whereRef('users.user_id', '=', 'sessions.user_id')
    .where('password_hash', 'is not distinct from', passwordHash)
    .executeTakeFirstOrThrow()
  return updated === 1n
}

/** A signed-in browser of a user. */
export interface UserSession {
  session_hash: string
  created_at: Date
  last_seen_at: Date
  ip_address: string | null
  user_agent: string | null
}

/** Lists a user's sessions that have not ended, the last used first. */
export function listUserSessions(db: Db, userId: string, limit: number): Promise<UserSession[]> {
  return db
    .selectFrom('sessions')
    .select(['session_hash', 'created_at', 'last_seen_at', 'ip_address', 'user_agent'])
    .where('user_id', '=', userId)
    .where(sql<boolean>`expires_at > now()`)
    .orderBy('last_seen_at', 'desc')
    .orderBy('session_hash')
    .limit(limit)
    .execute()
}

/** Signs a user out in one browser. Returns false if that session had ended. */
export async function deleteUserSession(
  db: Db,
  userId: string,
  sessionHash: string
): Promise<boolean> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('session_hash', '=', sessionHash)
    .executeTakeFirstOrThrow()
  return deleted > 0n
}

/** Signs out one browser. */
export async function deleteSession(db: Db, token: string): Promise<void> {
  await db.deleteFrom('sessions').where('session_hash', '=', secretDigest(token)).execute()
}

/** Signs a user out in every browser. */
export async function deleteUserSessions(db: Db, userId: string): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute()
}

/** Signs a user out in every browser but one; returns how many that were. */
export async function deleteOtherUserSessions(
  db: Db,
  userId: string,
  sessionHash: string
): Promise<number> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('session_hash', '!=', sessionHash)
    .executeTakeFirstOrThrow()
  return Number(deleted)
}

/** Deletes sessions that have ended. */
export async function deleteExpiredSessions(db: Db): Promise<void> {
  const isTooOld = sql<boolean>`created_at <= now() - make_interval(days => ${MAX_SESSION_DAYS})`
  await db
    .deleteFrom('sessions')
    .where(({ or, eb }) => or([eb('expires_at', '<=', sql<Date>`now()`), isTooOld]))
    .execute()
}
