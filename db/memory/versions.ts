import { type Selectable, sql } from 'kysely'
import { versionColumns } from './columns.ts'
import { hasExpired, isLastState, matchesReference, type MemoryReference } from './conditions.ts'
import { isWithin, orderedOwner } from '../connection/membership.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { clockTime } from '../connection/writers.ts'
import type { MemoryVersionsTable, Source } from '../schema/index.ts'

export type MemoryVersion = Selectable<MemoryVersionsTable>
export type KeptVersion = MemoryVersion & { expired: boolean }

/** Days for which a deletion can be undone. */
export const RESTORABLE_DAYS = 30

const keptColumns = ['user_id', ...versionColumns] as const

/**
 * Copies the present memory to its versions, locks it until the transaction ends, and returns it;
 * undefined if there is none. Every write of a memory calls this first. An expired memory is kept
 * too, with `expired` true.
 */
export function keepVersion(
  trx: Trx,
  userId: string,
  reference: MemoryReference
): Promise<KeptVersion | undefined> {
  return trx
    .with('former', (query) =>
      query
        .selectFrom('memories')
        .select(keptColumns)
        .where('user_id', '=', userId)
        .where(matchesReference(reference))
        .forUpdate()
    )
    .insertInto('memory_versions')
    .columns(keptColumns)
    .expression((query) => query.selectFrom('former').select(keptColumns))
    .onConflict((conflict) =>
      // A second call in one transaction returns the same version again.
      conflict.columns(['user_id', 'memory_id', 'version']).doUpdateSet({ deleted: false })
    )
    .returningAll()
    .returning(hasExpired.as('expired'))
    .executeTakeFirst()
}

/**
 * Records who deleted the memory, and when. The caller keeps its last version first, and deletes
 * its row in the same transaction.
 */
export async function insertDeletion(
  trx: Trx,
  lastVersion: MemoryVersion,
  source: Source
): Promise<void> {
  await trx
    .insertInto('memory_versions')
    .values({
      user_id: lastVersion.user_id,
      memory_id: lastVersion.memory_id,
      version: lastVersion.version + 1,
      deleted: true,
      agent_name: lastVersion.agent_name,
      key: lastVersion.key,
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
      created_at: lastVersion.created_at,
      updated_at: clockTime
    })
    .execute()
}

/** Returns one former version, or undefined. */
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

/** Returns the memory's last deletion, or undefined. It may be undone already, or too old. */
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
 * Returns the deletion of a memory that can still be restored, and locks it until the transaction
 * ends; undefined if there is none. If several memories had the key, it is the last deletion.
 * `version` restricts the search to memories with this version.
 */
export function lockDeletion(
  trx: Trx,
  userId: string,
  reference: MemoryReference,
  version?: number
): Promise<MemoryVersion | undefined> {
  return trx
    .selectFrom('memory_versions as deletion')
    .selectAll()
    .where('deletion.user_id', '=', userId)
    .where('deletion.deleted', '=', true)
    .where(sql<boolean>`deletion.updated_at > now() - make_interval(days => ${RESTORABLE_DAYS})`)
    .where(matchesReference(reference))
    .where(isLastState(sql<string>`${userId}`))
    .$if(version !== undefined, (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('memory_versions as restored')
            .select('restored.memory_id')
            .where('restored.user_id', '=', userId)
            .whereRef('restored.memory_id', '=', 'deletion.memory_id')
            .where('restored.version', '=', version!)
        )
      )
    )
    .orderBy('deletion.updated_at', 'desc')
    .orderBy('deletion.memory_id')
    .limit(1)
    .forUpdate()
    .executeTakeFirst()
}

/** Lists who deleted something in the last minutes (index memory_versions_deleted). */
export async function listRecentDeleters(
  db: Db,
  userId: string,
  { minutes, limit }: { minutes: number; limit: number }
): Promise<Source[]> {
  const deletions = await db
    .selectFrom('memory_versions')
    .select('source')
    .where(
      isWithin('deleted', userId, 'updated_at', {
        from: sql`now() - make_interval(mins => ${minutes})`
      })
    )
    .where('deleted', '=', true)
    .orderBy(orderedOwner('deleted'), 'desc')
    .orderBy('updated_at', 'desc')
    .limit(limit)
    .execute()
  return deletions.map(({ source }) => source)
}
