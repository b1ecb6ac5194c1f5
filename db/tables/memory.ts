import type { Generated } from 'kysely'
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
}

/** `weight`: weighted term frequency. */
export interface MemoryPostingsTable { user_id: string, term: string, memory_id: string, weight: number }
