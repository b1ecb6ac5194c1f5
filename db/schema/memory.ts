import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { JsonColumn, NullableColumn, NullableTimeColumn, DefaultNowColumn } from './columns.ts'

/** Who wrote a row: stamped by the server from the credential, never by the caller. */
export interface Source {
  kind: 'oauth' | 'api_key' | 'console' | 'command' | 'expiry'
  name: string
  client_id?: string
  grant_id?: string
  key_id?: string
}

/** What a memory and each of its versions have. */
interface MemoryColumns {
  user_id: string
  agent_name: string
  key: string
  value: string
  tags: JsonColumn<string[]>
  importance: Generated<number>
  type: Generated<string>
  metadata: JsonColumn<Record<string, unknown>>
  source: JsonColumn<Source>
  session_id: NullableColumn<string>
  speaker: NullableColumn<string>
  occurred_at: NullableTimeColumn
  expires_at: NullableTimeColumn
  access_count: Generated<number>
  last_accessed_at: NullableTimeColumn
  /** How often it was rated so. */
  useful_count: Generated<number>
  irrelevant_count: Generated<number>
  outdated_count: Generated<number>
  created_at: DefaultNowColumn
  updated_at: DefaultNowColumn
  /**
   * When and by whom the row was put as it is, where `updated_at` and `source` tell of something
   * earlier: after an undo, a rating, an import.
   */
  written_at: NullableTimeColumn
  written_by: ColumnType<Source | null, string | null | undefined, string | null>
}

export interface MemoriesTable extends MemoryColumns {
  memory_id: Generated<string>
  memory_no: GeneratedAlways<number>
  version: Generated<number>
  /** Weighted number of search terms: the document length of BM25. */
  search_length: Generated<number>
  /** occurred_at, or created_at. */
  sequence_at: GeneratedAlways<Date>
  /** Of a short value, without regard to case, punctuation and blanks. */
  value_digest: GeneratedAlways<string | null>
}

/** Former states; `deleted`: who deleted it, and when, without content. */
export interface MemoryVersionsTable extends MemoryColumns {
  memory_id: string
  version: number
  deleted: Generated<boolean>
}

/** Memories of a user, and bytes of these and of their versions; the sum over all shards counts. */
export interface MemoryUsageTable {
  user_id: string
  shard: number
  memories: number
  bytes: number
}

/**
 * `weight`: weighted term frequency; `length`: search_length of the memory; `places`: in
 * characters, of long values only.
 */
export interface MemoryPostingsTable {
  user_id: string
  term: string
  memory_no: number
  weight: number
  length: number
  session_no: number
  places: number[] | null
}

/** Summands: a user's memories and the length of all together. */
export interface MemoryTotalsTable {
  user_id: string
  total_no: GeneratedAlways<number>
  memories: number
  length: number
}

/** Memories whose search terms are to be made anew. */
export interface MemoryIndexQueueTable {
  user_id: string
  memory_no: number
}
