import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { MemoryVersionsTable, Source } from '../schema/index.ts'

export type MemoryVersion = Selectable<MemoryVersionsTable>
export type KeptVersion = MemoryVersion & { expired: boolean }

type Which = { agent_name: string; key: string } | { memory_id: string }

/** Days for which a deletion can be undone. */
export const RESTORABLE_DAYS = 30

const clock = sql<Date>`clock_timestamp()`
/** What a version keeps of a memory. */
const kept = [
  'user_id',
  'memory_id',
  'version',
  'agent_name',
  'key',
  'value',
  'tags',
  'importance',
  'type',
  'metadata',
  'source',
  'session_id',
  'speaker',
  'occurred_at',
  'expires_at',
  'access_count',
  'last_accessed_at',
  'useful_count',
  'irrelevant_count',
  'outdated_count',
  'created_at',
  'updated_at',
  'written_at',
  'written_by'
] as const

/**
 * Copies the memory as it is to its versions, keeps it from other writers until the transaction
 * ends, and returns it; undefined when there is none. Whoever writes a memory calls this first. One
 * that has expired is kept, too, and says so.
 */
export function keepVersion(
  trx: Trx,
  userId: string,
  which: Which
): Promise<KeptVersion | undefined> {
  return trx
    .with('former', (query) =>
      query
        .selectFrom('memories')
        .select(kept)
        .where('user_id', '=', userId)
        .$if('memory_id' in which, (one) =>
          one.where('memory_id', '=', (which as { memory_id: string }).memory_id)
        )
        .$if('key' in which, (one) =>
          one
            .where('agent_name', '=', (which as { agent_name: string }).agent_name)
            .where('key', '=', (which as { key: string }).key)
        )
        .forUpdate()
    )
    .insertInto('memory_versions')
    .columns(kept)
    .expression((query) => query.selectFrom('former').select(kept))
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'memory_id', 'version']).doUpdateSet({ deleted: false })
    ) // twice in a transaction: the same again
    .returningAll()
    .returning(sql<boolean>`coalesce(memory_versions.expires_at <= now(), false)`.as('expired'))
    .executeTakeFirst()
}

/**
 * Notes that the memory was deleted, by whom and when. The caller has kept its last version and
 * deletes its row in the same transaction.
 */
export async function insertDeletion(
  trx: Trx,
  {
    user_id: userId,
    memory_id: memoryId,
    version,
    agent_name: agentName,
    key,
    created_at: created
  }: MemoryVersion,
  source: Source
): Promise<void> {
  await trx
    .insertInto('memory_versions')
    .values({
      user_id: userId,
      memory_id: memoryId,
      version: version + 1,
      deleted: true,
      agent_name: agentName,
      key,
      value: '',
      tags: '[]',
      importance: 0,
      type: '',
      metadata: '{}',
      source: JSON.stringify(source),
      access_count: 0,
      useful_count: 0,
      irrelevant_count: 0,
      outdated_count: 0,
      created_at: created,
      updated_at: clock
    })
    .execute()
}

/** One former version, or undefined. */
export function findVersion(
  db: Db,
  userId: string,
  memoryId: string,
  version: number
): Promise<MemoryVersion | undefined> {
  return db
    .selectFrom('memory_versions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .where('version', '=', version)
    .executeTakeFirst()
}

/** The last deletion of the memory, whether or not it can still be undone; or undefined. */
export function findDeletion(
  db: Db,
  userId: string,
  memoryId: string
): Promise<MemoryVersion | undefined> {
  return db
    .selectFrom('memory_versions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .where('deleted', '=', true)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * The deletion of a memory that is deleted still, of several under a key the last one, kept from
 * other restores until the transaction ends; or undefined. `version`: only of a memory that has
 * this version.
 */
export function lockDeletion(
  trx: Trx,
  userId: string,
  which: Which,
  version?: number
): Promise<MemoryVersion | undefined> {
  return trx
    .selectFrom('memory_versions as deletion')
    .selectAll()
    .where('deletion.user_id', '=', userId)
    .where('deletion.deleted', '=', true)
    .where(sql<boolean>`deletion.updated_at > now() - make_interval(days => ${RESTORABLE_DAYS})`)
    .$if('memory_id' in which, (one) =>
      one.where('memory_id', '=', (which as { memory_id: string }).memory_id)
    )
    .$if('key' in which, (one) =>
      one
        .where('agent_name', '=', (which as { agent_name: string }).agent_name)
        .where('key', '=', (which as { key: string }).key)
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('memories')
            .select('memories.memory_id')
            .where('memories.user_id', '=', userId)
            .whereRef('memories.memory_id', '=', 'deletion.memory_id')
        )
      )
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('memory_versions as later')
            .select('later.memory_id')
            .where('later.user_id', '=', userId)
            .whereRef('later.memory_id', '=', 'deletion.memory_id')
            .whereRef('later.version', '>', 'deletion.version')
        )
      )
    )
    .$if(version !== undefined, (one) =>
      one.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('memory_versions as wanted')
            .select('wanted.memory_id')
            .where('wanted.user_id', '=', userId)
            .whereRef('wanted.memory_id', '=', 'deletion.memory_id')
            .where('wanted.version', '=', version!)
        )
      )
    )
    .orderBy('deletion.updated_at', 'desc')
    .orderBy('deletion.memory_id')
    .limit(1)
    .forUpdate()
    .executeTakeFirst()
}
