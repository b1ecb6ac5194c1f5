import { type Selectable, sql } from 'kysely'
import { isUseDue } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import { countRows, isBehind, type Page } from '../connection/page.ts'
import { isBehindPosition, type Position, positionTime } from '../connection/position.ts'
import {
  type AccessLimits,
  accessLimitColumns,
  type ApiKeysTable,
  type Role,
  type ToolList
} from '../schema/index.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

export const API_KEY_PREFIX = 'kagura_'

export type ApiKey = Selectable<ApiKeysTable>
export type IssuedApiKey = ApiKey & { key: string }
export type ListedApiKey = ApiKey & { email: string; expired: boolean }
/** A stored key with its owner. `problem`: why it does not count. */
export interface PresentedApiKey extends AccessLimits {
  key_id: string
  name: string
  scope: string
  user_id: string
  role: Role
  problem: 'revoked' | 'expired' | 'disabled' | null
}

export interface NewApiKey extends Partial<AccessLimits> {
  user_id: string
  name: string
  scope: string
  expires_days?: number | undefined
}

/**
 * Issues a key; the plaintext is only returned here. `expires_days` counts from now; without it the
 * key never expires.
 */
export async function issueApiKey(db: Db, key: NewApiKey): Promise<IssuedApiKey> {
  const keySecret = newSecret(API_KEY_PREFIX)
  return { ...(await insertApiKey(db, keySecret, key))!, key: keySecret }
}

/** Inserts a key whose plaintext the caller drew from 256 random bits; undefined if it exists. */
export async function insertApiKey(
  db: Db,
  secret: string,
  { expires_days: days, ...keyColumns }: NewApiKey
): Promise<ApiKey | undefined> {
  return db
    .insertInto('api_keys')
    .values({
      ...keyColumns,
      key_hash: secretDigest(secret),
      key_prefix: secret.slice(0, 16),
      expires_at: days === undefined ? null : sql<Date>`now() + make_interval(days => ${days})`
    })
    .onConflict((conflict) => conflict.column('key_hash').doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Finds a key; undefined if it was never issued. Its use is recorded at most once a minute. */
export async function findApiKey(db: Db, key: string): Promise<PresentedApiKey | undefined> {
  const keyRow = await findKeyByHash(db, { hash: secretDigest(key) })
  if (!keyRow) return undefined
  const { stale, ...presentedKey } = keyRow
  if (stale && presentedKey.problem === null) {
    await db
      .updateTable('api_keys')
      .set({ last_used_at: sql`now()` })
      .where('key_id', '=', presentedKey.key_id)
      .execute()
  }
  return presentedKey
}

const findKeyByHash = prepareLookup('find_api_key', ['hash'], (db, slots) =>
  db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .select([
      'key_id',
      'api_keys.name',
      'scope',
      'users.user_id',
      'role',
      ...accessLimitColumns,
      keyProblem.as('problem'),
      isUseDue().as('stale')
    ])
    .where('key_hash', '=', slots.hash)
) // unique index

const keyProblem = sql<PresentedApiKey['problem']>`case
  when revoked_at is not null then 'revoked'
  when expires_at <= now() then 'expired'
  when users.disabled_at is not null then 'disabled' end`

/** The keys among `keyIds` that still count, with their lists of tools; for open streams. */
export async function listLiveApiKeys(
  db: Db,
  keyIds: string[]
): Promise<Array<Omit<PresentedApiKey, 'problem' | 'name'> & { tool_list: ToolList | null }>> {
  if (keyIds.length === 0) return []
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .select(['key_id', 'scope', 'users.user_id', 'role', 'tool_list', ...accessLimitColumns])
    .where('key_id', 'in', keyIds)
    .where(keyProblem, 'is', null)
    .execute()
}

/** Restricts keys to one user, and to those that are usable or that ended. */
export interface ApiKeyFilter {
  user_id?: string | undefined
  state?: 'active' | 'ended'
}

const isEnded = sql<boolean>`(api_keys.revoked_at is not null
  or coalesce(api_keys.expires_at <= now(), false))`

function selectApiKeys(db: Db, { user_id: userId, state }: ApiKeyFilter) {
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.user_id', 'api_keys.user_id')
    .$if(userId !== undefined, (query) => query.where('api_keys.user_id', '=', userId!))
    .$if(state === 'ended', (query) => query.where(isEnded))
    .$if(state === 'active', (query) => query.where(sql<boolean>`not ${isEnded}`))
}

const isKeyExpired = sql<boolean>`coalesce(expires_at <= now(), false)`.as('expired')

/** Newest first. */
export function listApiKeys(
  db: Db,
  filter: ApiKeyFilter,
  { limit, after }: Page
): Promise<ListedApiKey[]> {
  const pageOrder = { table: 'api_keys', id: 'key_id', order: 'descending' as const }
  return selectApiKeys(db, filter)
    .selectAll('api_keys')
    .select(['email', isKeyExpired])
    .$if(after !== undefined, (query) => query.where(isBehind(pageOrder, after!)))
    .orderBy('api_keys.created_at', 'desc')
    .orderBy('key_id', 'desc')
    .limit(limit)
    .execute()
}

/** The keys of a user that work and expire within so many days, the first to expire first. */
export function listExpiringKeys(
  db: Db,
  userId: string,
  days: number,
  limit: number
): Promise<Array<Pick<ApiKey, 'key_id' | 'name'> & { expires_at: Date }>> {
  return selectApiKeys(db, { user_id: userId, state: 'active' })
    .where('expires_at', '<', sql<Date>`now() + make_interval(days => ${days})`)
    .select(['key_id', 'api_keys.name'])
    .select(sql<Date>`expires_at`.as('expires_at'))
    .orderBy('expires_at')
    .limit(limit)
    .execute()
}

/** A key of a list by position. */
export type PositionedApiKey = ListedApiKey & { position: string }

const keyTime = sql<Date>`api_keys.created_at`
const keyId = sql<string>`api_keys.key_id`

/** The keys of a person that work, or those that ended, the newest first. */
export function listPersonKeys(
  db: Db,
  userId: string,
  {
    state,
    limit,
    after
  }: { state: 'active' | 'ended'; limit: number; after?: Position | undefined }
): Promise<PositionedApiKey[]> {
  return selectApiKeys(db, { user_id: userId, state })
    .selectAll('api_keys')
    .select(['email', isKeyExpired, positionTime(keyTime).as('position')])
    .$if(after !== undefined, (query) => query.where(isBehindPosition(keyTime, keyId, after!)))
    .orderBy('api_keys.created_at', 'desc')
    .orderBy('key_id', 'desc')
    .limit(limit)
    .execute()
}

/** The key of this person with that id, also when it ended. */
export function findPersonKey(
  db: Db,
  userId: string,
  id: string
): Promise<PositionedApiKey | undefined> {
  return selectApiKeys(db, { user_id: userId })
    .selectAll('api_keys')
    .select(['email', isKeyExpired, positionTime(keyTime).as('position')])
    .where('key_id', '=', id)
    .executeTakeFirst()
}

/** Changes the name or the tool list of an unrevoked key of this person; false if there is none. */
export async function updateApiKey(
  db: Db,
  userId: string,
  id: string,
  changes: { name: string } | { tool_list: ToolList | null }
): Promise<boolean> {
  const changedKey = await db
    .updateTable('api_keys')
    .set(changes)
    .where('user_id', '=', userId)
    .where('key_id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('key_id')
    .executeTakeFirst()
  return changedKey !== undefined
}

/** The tool list of a key; null is the list for its scope and its client's name. */
export async function findKeyToolList(db: Db, id: string): Promise<ToolList | null> {
  const apiKey = await db
    .selectFrom('api_keys')
    .select('tool_list')
    .where('key_id', '=', id)
    .executeTakeFirst()
  return apiKey?.tool_list ?? null
}

/** The number of keys; MAX_COUNTED stands for that many or more. */
export function countApiKeys(db: Db, filter: ApiKeyFilter): Promise<number> {
  return countRows(db, selectApiKeys(db, filter).select('key_id'))
}

/** The keys with this id or prefix; two at most, enough to show that a prefix is ambiguous. */
export function listApiKeysNamed(db: Db, idOrPrefix: string): Promise<ListedApiKey[]> {
  return selectApiKeys(db, {})
    .selectAll('api_keys')
    .select(['email', isKeyExpired])
    .where(({ or, eb }) => or([eb('key_id', '=', idOrPrefix), eb('key_prefix', '=', idOrPrefix)]))
    .limit(2)
    .execute()
}

/** A key of this user that is not revoked; undefined if there is none. */
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

/** Revokes a key; undefined if this user has no such unrevoked key. */
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

/**
 * Replaces what the person allows the key within its scope, from its next request on. Returns the
 * key; undefined if this user has no such unrevoked key.
 */
export function updateApiKeyLimits(
  db: Db,
  userId: string,
  keyId: string,
  { access, namespaces, beyond_namespaces, groups }: AccessLimits
): Promise<ApiKey | undefined> {
  return db
    .updateTable('api_keys')
    .set({ access, namespaces, beyond_namespaces, groups })
    .where('user_id', '=', userId)
    .where('key_id', '=', keyId)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}
