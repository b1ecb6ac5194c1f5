import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { lookup } from '../connection/lookup.ts'
import { isBehind, MAX_COUNTED, type Page } from '../connection/page.ts'
import type { ApiKeysTable, Role } from '../schema/index.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

export const API_KEY_PREFIX = 'kagura_'

export type ApiKey = Selectable<ApiKeysTable>
export type IssuedApiKey = ApiKey & { key: string }
export type ListedApiKey = ApiKey & { email: string; expired: boolean }
/** A presented key, with its owner; `problem` tells why it does not count. */
export interface PresentedApiKey {
  key_id: string
  name: string
  scope: string
  user_id: string
  role: Role
  problem: 'revoked' | 'expired' | 'disabled' | null
}

export interface NewApiKey {
  user_id: string
  name: string
  scope: string
  expires_days?: number | undefined
}

/**
 * Makes a key: the plaintext is in the answer and nowhere else. `expires_days` counts from now;
 * absent means never.
 */
export async function issueApiKey(db: Db, key: NewApiKey): Promise<IssuedApiKey> {
  const secret = newSecret(API_KEY_PREFIX)
  return { ...(await insertApiKey(db, secret, key))!, key: secret }
}

/**
 * Stores a key whose plaintext the caller made of 256 unguessable bits; undefined when it is there
 * already.
 */
export async function insertApiKey(
  db: Db,
  secret: string,
  { expires_days: days, ...named }: NewApiKey
): Promise<ApiKey | undefined> {
  return db
    .insertInto('api_keys')
    .values({
      ...named,
      key_hash: secretDigest(secret),
      key_prefix: secret.slice(0, 16),
      expires_at: days === undefined ? null : sql<Date>`now() + make_interval(days => ${days})`
    })
    .onConflict((conflict) => conflict.column('key_hash').doNothing())
    .returningAll()
    .executeTakeFirst()
}

/**
 * Looks a presented key up; undefined when there never was such a key. Use is noted at most once a
 * minute.
 */
export async function findApiKey(db: Db, key: string): Promise<PresentedApiKey | undefined> {
  const found = await findByHash(db, { hash: secretDigest(key) })
  if (!found) return undefined
  const { stale, ...presented } = found
  if (stale && presented.problem === null) {
    await db
      .updateTable('api_keys')
      .set({ last_used_at: sql`now()` })
      .where('key_id', '=', presented.key_id)
      .execute()
  }
  return presented
}

const findByHash = lookup('find_api_key', ['hash'], (db, of) =>
  db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .select([
      'key_id',
      'api_keys.name',
      'scope',
      'users.user_id',
      'role',
      problem.as('problem'),
      sql<boolean>`last_used_at is null or last_used_at < now() - interval '1 minute'`.as('stale')
    ])
    .where('key_hash', '=', of.hash)
) // unique index

const problem = sql<PresentedApiKey['problem']>`case
  when revoked_at is not null then 'revoked'
  when expires_at <= now() then 'expired'
  when users.disabled_at is not null then 'disabled' end`

/** The ids among `keyIds` that still count: for open streams. */
export async function listLiveApiKeys(
  db: Db,
  keyIds: string[]
): Promise<Array<Omit<PresentedApiKey, 'problem' | 'name'>>> {
  if (keyIds.length === 0) return []
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .select(['key_id', 'scope', 'users.user_id', 'role'])
    .where('key_id', 'in', keyIds)
    .where(problem, 'is', null)
    .execute()
}

/** Which keys: of one user or of all; those that can be used, or those that ended. */
export interface WhichApiKeys {
  user_id?: string | undefined
  state?: 'active' | 'ended'
}

const isEnded = sql<boolean>`(api_keys.revoked_at is not null
  or coalesce(api_keys.expires_at <= now(), false))`

function apiKeys(db: Db, { user_id: userId, state }: WhichApiKeys) {
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .$if(userId !== undefined, (query) => query.where('api_keys.user_id', '=', userId!))
    .$if(state === 'ended', (query) => query.where(isEnded))
    .$if(state === 'active', (query) => query.where(sql<boolean>`not ${isEnded}`))
}

const listed = sql<boolean>`coalesce(expires_at <= now(), false)`.as('expired')

/** Newest first. */
export function listApiKeys(
  db: Db,
  which: WhichApiKeys,
  { limit, after }: Page
): Promise<ListedApiKey[]> {
  const behind = { table: 'api_keys', id: 'key_id', order: 'descending' as const }
  return apiKeys(db, which)
    .selectAll('api_keys')
    .select(['email', listed])
    .$if(after !== undefined, (query) => query.where(isBehind(behind, after!)))
    .orderBy('api_keys.created_at', 'desc')
    .orderBy('key_id', 'desc')
    .limit(limit)
    .execute()
}

/** How many there are; MAX_COUNTED stands for that or more. */
export async function countApiKeys(db: Db, which: WhichApiKeys): Promise<number> {
  const keys = apiKeys(db, which).select('key_id').limit(MAX_COUNTED)
  const { count } = await db
    .selectFrom(keys.as('k'))
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The keys with this id or prefix: two at most, for one is meant. */
export function listApiKeysNamed(db: Db, named: string): Promise<ListedApiKey[]> {
  return apiKeys(db, {})
    .selectAll('api_keys')
    .select(['email', listed])
    .where(({ or, eb }) => or([eb('key_id', '=', named), eb('key_prefix', '=', named)]))
    .limit(2)
    .execute()
}

/** A key of this user that is still unrevoked, or undefined. */
export function findUnrevokedKey(
  db: Db,
  userId: string,
  keyId: string
): Promise<Pick<ApiKey, 'key_id' | 'name' | 'key_prefix'> | undefined> {
  return db
    .selectFrom('api_keys')
    .select(['key_id', 'name', 'key_prefix'])
    .where('user_id', '=', userId)
    .where('key_id', '=', keyId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
}

/** undefined when this user has no such key that is still unrevoked. */
export function revokeApiKey(db: Db, userId: string, keyId: string): Promise<ApiKey | undefined> {
  return db
    .updateTable('api_keys')
    .set({ revoked_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('key_id', '=', keyId)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}
