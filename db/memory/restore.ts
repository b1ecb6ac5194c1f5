import { type Selectable, sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'
import type { MemoryVersionsTable, Source } from '../schema/index.ts'

type MemoryVersion = Selectable<MemoryVersionsTable>

const clock = sql<Date>`clock_timestamp()`

/**
 * Who wrote a version, and how: `exactly` gives back source and time of the restored version
 * beside, otherwise it is a change of now.
 */
export interface Restoration {
  version: number
  searchLength: number
  by: Source
  exactly: boolean
}

const content = [
  'value',
  'tags',
  'importance',
  'type',
  'metadata',
  'session_id',
  'speaker',
  'occurred_at',
  'useful_count',
  'irrelevant_count',
  'outdated_count',
  'created_at'
] as const
const usage = ['access_count', 'last_accessed_at'] as const
/** Restored to be there: an end that has passed is none. */
const futureEnd = sql<Date | null>`case when former.expires_at > now() then former.expires_at end`

function stamps({ by, exactly }: Restoration) {
  const writer = sql<any>`${JSON.stringify(by)}::jsonb`
  return {
    source: exactly ? sql<any>`former.source` : writer,
    updated_at: exactly ? sql<Date>`former.updated_at` : clock,
    written_at: exactly ? clock : sql<Date>`null::timestamptz`,
    written_by: exactly ? writer : sql<any>`null::jsonb`
  }
}

/** Puts a former version in place of what the memory is now. The caller has kept that. */
export async function revertMemory(
  trx: Trx,
  userId: string,
  memoryId: string,
  restoring: Restoration
): Promise<void> {
  await trx
    .updateTable('memories')
    .from('memory_versions as former')
    .set({
      ...Object.fromEntries(content.map((column) => [column, sql.ref(`former.${column}`)])),
      ...stamps(restoring),
      expires_at: futureEnd,
      search_length: restoring.searchLength,
      version: sql<number>`memories.version + 1`
    })
    .where('memories.user_id', '=', userId)
    .where('memories.memory_id', '=', memoryId)
    .where('former.user_id', '=', userId)
    .where('former.memory_id', '=', memoryId)
    .where('former.version', '=', restoring.version)
    .execute()
}

/**
 * Brings a deleted memory back as it was in a version; false when its key is taken. The caller has
 * locked its deletion.
 */
export async function reviveMemory(
  trx: Trx,
  deletion: MemoryVersion,
  restoring: Restoration
): Promise<boolean> {
  const {
    source,
    updated_at: updated,
    written_at: writtenAt,
    written_by: writtenBy
  } = stamps(restoring)
  const same = ['user_id', 'memory_id', 'agent_name', 'key', ...content, ...usage] as const
  const revived = await trx
    .insertInto('memories')
    .columns([
      ...same,
      'source',
      'updated_at',
      'written_at',
      'written_by',
      'expires_at',
      'search_length',
      'version'
    ])
    .expression((query) =>
      query
        .selectFrom('memory_versions as former')
        .select(same)
        .select([
          source.as('source'),
          updated.as('updated_at'),
          writtenAt.as('written_at'),
          writtenBy.as('written_by'),
          futureEnd.as('expires_at'),
          sql<number>`${restoring.searchLength}::float8`.as('search_length'),
          sql<number>`${deletion.version + 1}::integer`.as('version')
        ])
        .where('user_id', '=', deletion.user_id)
        .where('memory_id', '=', deletion.memory_id)
        .where('version', '=', restoring.version)
    )
    .onConflict((conflict) => conflict.columns(['user_id', 'agent_name', 'key']).doNothing())
    .returning('memory_id')
    .executeTakeFirst()
  return revived !== undefined
}
