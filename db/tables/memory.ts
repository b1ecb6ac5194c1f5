import type { Generated, GeneratedAlways } from 'kysely'
import type { Json, Maybe, MaybeTime, Now } from './columns.ts'

/** Who wrote a row: stamped by the server from the credential, never by the caller. */
export interface Source {
  kind: 'oauth' | 'api_key' | 'console' | 'command'
  name: string
  client_id?: string
  grant_id?: string
  key_id?: string
}

export interface MemoriesTable {
  user_id: string
  memory_id: Generated<string>
  memory_no: GeneratedAlways<number>
  agent_name: string
  key: string
  value: string
  tags: Json<string[]>
  importance: Generated<number>
  type: Generated<string>
  metadata: Json<Record<string, unknown>>
  source: Json<Source>
  session_id: Maybe<string>
  speaker: Maybe<string>
  occurred_at: MaybeTime
  expires_at: MaybeTime
  /** Weighted number of search terms: the document length of BM25. */
  search_length: Generated<number>
  access_count: Generated<number>
  last_accessed_at: MaybeTime
  created_at: Now
  updated_at: Now
  /** occurred_at, or created_at. */
  sequence_at: GeneratedAlways<Date>
}

/** `weight`: weighted term frequency; `length`: search_length of the memory; `places`: in characters, of long values only. */
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
export interface MemoryTotalsTable { user_id: string, total_no: GeneratedAlways<number>, memories: number, length: number }
