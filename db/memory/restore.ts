import { type Selectable, sql } from 'kysely'
import { contentColumns, ratingColumns, usageColumns } from './columns.ts'
import type { Trx } from '../connection/connect.ts'
import { clockTime } from '../connection/writers.ts'
import type { MemoryVersionsTable, Source } from '../schema/index.ts'

/**
 * `exactly` brings back source, time, namespace and key of the restored version and records the
 * writer beside them. Otherwise the restore counts as a change of now by this writer.
 */
export interface Restoration {
  version: number
  searchLength: number
  by: Source
  exactly: boolean
}

const placeColumns = ['agent_name', 'key'] as const
const restoredColumns = [...contentColumns, ...ratingColumns, 'pinned_at', 'created_at'] as const
/** An expiry date in the past is dropped, or the restored memory would expire at once. */
const futureExpiry = sql<Date | null>`case when former.expires_at > now()
  then former.expires_at end`

function writerColumns(restoration: Restoration) {
  const writer = sql<any>`${JSON.stringify(restoration.by)}::jsonb`
  return restoration.exactly
    ? {
        source: sql<any>`former.source`,
        updated_at: sql<Date>`former.updated_at`,
        written_at: clockTime,
        written_by: writer
      }
    : {
        source: writer,
        updated_at: clockTime,
        written_at: sql<Date>`null::timestamptz`,
        written_by: sql<any>`null::jsonb`
      }
}

/** Replaces the memory's content by a former version. The caller first keeps the present one. */
export async function revertMemory(
  trx: Trx,
  userId: string,
  memoryId: string,
  restoration: Restoration
): Promise<void> {
  await trx
    .updateTable('memories')
    .from('memory_versions as former')
    .set({
      ...Object.fromEntries(
        [...restoredColumns, ...(restoration.exactly ? placeColumns : [])].map((column) => [
          column,
          sql.ref(`former.${column}`)
        ])
      ),
      ...writerColumns(restoration),
      expires_at: futureExpiry,
      search_length: restoration.searchLength,
      version: sql<number>`memories.version + 1`
    })
    .where('memories.user_id', '=', userId)
    .where('memories.memory_id', '=', memoryId)
    .where('former.user_id', '=', userId)
    .where('former.memory_id', '=', memoryId)
    .where('former.version', '=', restoration.version)
    .execute()
}

/**
 * Brings a deleted memory back as it was in a version. Returns false if another memory has its key
 * now. The caller first locks the deletion.
 */
export async function reviveMemory(
  trx: Trx,
  deletion: Selectable<MemoryVersionsTable>,
  restoration: Restoration
): Promise<boolean> {
  const writer = writerColumns(restoration)
  const copiedColumns = [
    'user_id',
    'memory_id',
    ...placeColumns,
    ...restoredColumns,
    ...usageColumns
  ] as const
  const revivedMemory = await trx
    .insertInto('memories')
    .columns([
      ...copiedColumns,
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
        .select(copiedColumns)
        .select([
          writer.source.as('source'),
          writer.updated_at.as('updated_at'),
          writer.written_at.as('written_at'),
          writer.written_by.as('written_by'),
          futureExpiry.as('expires_at'),
          sql<number>`${restoration.searchLength}::float8`.as('search_length'),
          sql<number>`${deletion.version + 1}::integer`.as('version')
        ])
        .where('user_id', '=', deletion.user_id)
        .where('memory_id', '=', deletion.memory_id)
        .where('version', '=', restoration.version)
    )
    .onConflict((conflict) => conflict.doNothing()) // its key, or itself in another namespace
    .returning('memory_id')
    .executeTakeFirst()
  return revivedMemory !== undefined
}
