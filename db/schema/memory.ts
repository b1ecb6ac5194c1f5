import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { JsonColumn, NullableColumn, NullableTimeColumn, DefaultNowColumn } from './columns.ts'

/** Who wrote a row. The server takes it from the credential, never from the caller. */
export interface Source {
  kind: 'oauth' | 'api_key' | 'console' | 'command' | 'expiry'
  name: string
  client_id?: string
  grant_id?: string
  key_id?: string
}

/** The columns that a memory and its versions share. */
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
  /** Numbers of ratings. */
  useful_count: Generated<number>
  irrelevant_count: Generated<number>
  outdated_count: Generated<number>
  created_at: DefaultNowColumn
  updated_at: DefaultNowColumn
  /**
   * Who put the row as it is, and when: after an undo, a rating or an import. Null if `source` and
   * `updated_at` say it.
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
  /** A digest of a short value, without regard to case, punctuation and spaces. */
  value_digest: GeneratedAlways<string | null>
}

/** Former states. A `deleted` one has no content: it says who deleted the memory, and when. */
export interface MemoryVersionsTable extends MemoryColumns {
  memory_id: string
  version: number
  deleted: Generated<boolean>
}

/** A part of what a user stores: memories, and bytes of these and of their versions. */
export interface MemoryUsageTable {
  user_id: string
  shard: number
  memories: number
  bytes: number
}

/**
 * `weight`: weighted term frequency; `length`: search_length of the memory; `places`: where the
 * term stands in a long value, in characters.
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

/** A summand of a user's totals: a number of memories, and the sum of their lengths. */
export interface MemoryTotalsTable {
  user_id: string
  total_no: GeneratedAlways<number>
  memories: number
  length: number
}

/** Memories that wait for new search terms. */
export interface MemoryIndexQueueTable {
  user_id: string
  memory_no: number
}
