import { type Selectable, sql } from 'kysely'
import type { Db } from './connect.ts'
import { lookup } from './lookup.ts'
import type { ApiKeysTable, Role } from './tables/index.ts'
import { digest, newSecret } from './secrets.ts'

export const API_KEY_PREFIX = 'kagura_'

export type ApiKey = Selectable<ApiKeysTable>
export type IssuedApiKey = ApiKey & { key: string }
export type ListedApiKey = ApiKey & { email: string, expired: boolean }
/** A presented key, with its owner; `problem` tells why it does not count. */
export interface PresentedApiKey {
  key_id: string
  name: string
  scope: string
  user_id: string
  role: Role
  problem: 'revoked' | 'expired' | 'disabled' | null
}

export interface NewApiKey { user_id: string, name: string, scope: string, expires_days?: number | undefined }

/** Makes a key: the plaintext is in the answer and nowhere else. `expires_days` counts from now; absent means never. */
export async function issueApiKey (db: Db, key: NewApiKey): Promise<IssuedApiKey> {
  const secret = newSecret(API_KEY_PREFIX)
  return { ...(await insertApiKey(db, secret, key))!, key: secret }
}

/** Stores a key whose plaintext the caller made of 256 unguessable bits; undefined when it is there already. */
export async function insertApiKey (db: Db, secret: string, { expires_days: days, ...named }: NewApiKey): Promise<ApiKey | undefined> {
  return db.insertInto('api_keys').values({
    ...named,
    key_hash: digest(secret),
    key_prefix: secret.slice(0, 16),
    expires_at: days === undefined ? null : sql<Date>`now() + make_interval(days => ${days})`
  }).onConflict((conflict) => conflict.column('key_hash').doNothing()).returningAll().executeTakeFirst()
}

/** Looks a presented key up; undefined when there never was such a key. Use is noted at most once a minute. */
export async function findApiKey (db: Db, key: string): Promise<PresentedApiKey | undefined> {
  const found = await findByHash(db, { hash: digest(key) })
  if (!found) return undefined
  const { stale, ...presented } = found
  if (stale && presented.problem === null) {
    await db.updateTable('api_keys').set({ last_used_at: sql`now()` }).where('key_id', '=', presented.key_id).execute()
  }
  return presented
}

const findByHash = lookup('find_api_key', ['hash'], (db, of) => db.selectFrom('api_keys').innerJoin('users', 'users.user_id', 'api_keys.user_id')
  .select(['key_id', 'api_keys.name', 'scope', 'users.user_id', 'role', problem.as('problem'),
    sql<boolean>`last_used_at is null or last_used_at < now() - interval '1 minute'`.as('stale')])
  .where('key_hash', '=', of.hash)) // unique index

const problem = sql<PresentedApiKey['problem']>`case
  when revoked_at is not null then 'revoked'
  when expires_at <= now() then 'expired'
  when users.disabled_at is not null then 'disabled' end`

/** The ids among `keyIds` that still count: for open streams. */
export async function listLiveApiKeys (db: Db, keyIds: string[]): Promise<Array<Omit<PresentedApiKey, 'problem' | 'name'>>> {
  if (keyIds.length === 0) return []
  return db.selectFrom('api_keys').innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .select(['key_id', 'scope', 'users.user_id', 'role']).where('key_id', 'in', keyIds).where(problem, 'is', null).execute()
}

/** Newest first; of one user, or of all. */
export function listApiKeys (db: Db, userId?: string): Promise<ListedApiKey[]> {
  return db.selectFrom('api_keys').innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .selectAll('api_keys').select(['email', sql<boolean>`coalesce(expires_at <= now(), false)`.as('expired')])
    .$if(userId !== undefined, (query) => query.where('api_keys.user_id', '=', userId!))
    .orderBy('api_keys.created_at', 'desc').orderBy('key_id').execute()
}

/** A key of this user that is still unrevoked, or undefined. */
export function findUnrevokedKey (
  db: Db, userId: string, keyId: string
): Promise<Pick<ApiKey, 'key_id' | 'name' | 'key_prefix'> | undefined> {
  return db.selectFrom('api_keys').select(['key_id', 'name', 'key_prefix'])
    .where('user_id', '=', userId).where('key_id', '=', keyId).where('revoked_at', 'is', null)
    .executeTakeFirst()
}

/** undefined when this user has no such key that is still unrevoked. */
export function revokeApiKey (db: Db, userId: string, keyId: string): Promise<ApiKey | undefined> {
  return db.updateTable('api_keys').set({ revoked_at: sql`now()` })
    .where('user_id', '=', userId).where('key_id', '=', keyId).where('revoked_at', 'is', null).returningAll().executeTakeFirst()
}
