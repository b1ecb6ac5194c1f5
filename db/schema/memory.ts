import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type {
  JsonColumn,
  NullableColumn,
  NullableJsonColumn,
  NullableTimeColumn,
  DefaultNowColumn
} from './columns.ts'

/** Who wrote a row. The server takes it from the credential, never from the caller. */
export interface Source {
  kind: 'oauth' | 'api_key' | 'console' | 'command' | 'expiry'
  name: string
  client_id?: string
  grant_id?: string
  key_id?: string
  /** One import in the console, which can be undone. */
  import_id?: string
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
  /** Since when every briefing begins with it. */
  pinned_at: NullableTimeColumn
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

/** `checking`, `ready`, `confirmed`, `running` and `undoing` are active: one for each person. */
export type ImportState =
  | 'checking'
  | 'ready'
  | 'confirmed'
  | 'running'
  | 'done'
  | 'failed'
  | 'stopped'
  | 'undoing'
  | 'undone'

/** What an import would do, or did. Lists are cut; the counts are whole. */
export interface ImportSummary {
  created: number
  changed: number
  unchanged: number
  /** Memories that were changed or deleted here, or whose key another one has. */
  kept: number
  versions: number
  links: number
  links_left_out: number
  files_read: number
  /** Some memories of each kind, only until the import ends. */
  examples: Array<{ change: string; key: string; value: string }>
  warnings: string[]
  warning_count: number
  broken: string[]
  broken_count: number
  /** Files that are not read, with the reason. */
  left: string[]
  left_count: number
  /** Counts of parts that are left out, by kind. */
  left_out: Record<string, number>
  /** What undoing took back, and what others changed since. */
  undone?: { memories: number; links: number; conflicts: number }
}

export interface ImportJobsTable {
  user_id: string
  import_id: string
  created_at: DefaultNowColumn
  /** The process that works on it renews this; a job that nobody touches is interrupted. */
  touched_at: DefaultNowColumn
  state: ImportState
  file_name: string
  agent_name: string
  from_format: NullableColumn<string>
  done: Generated<number>
  total: Generated<number>
  summary: NullableJsonColumn<ImportSummary>
  /** Why it failed: a slug of ours, or a sentence. */
  problem: NullableColumn<string>
}
