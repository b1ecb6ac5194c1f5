import type { ColumnType, Generated, JSONColumnType } from 'kysely'

/** A column that the database fills in when it is left out, read as a Date. */
type Now = ColumnType<Date, Date | undefined, Date>
type Time = ColumnType<Date, Date, Date>
type MaybeTime = ColumnType<Date | null, Date | null | undefined, Date | null>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>
/** jsonb: read as a value, written as its JSON text. */
type Json<T extends object | null> = JSONColumnType<T, string | undefined, string>

export type Role = 'admin' | 'user' | 'read_only'

export interface UsersTable {
  user_id: Generated<string>
  email: string
  name: Generated<string>
  role: Generated<Role>
  password_hash: Maybe<string>
  disabled_at: MaybeTime
  created_at: Now
  updated_at: Now
  last_login_at: MaybeTime
}

export interface SessionsTable {
  session_hash: string
  user_id: string
  created_at: Now
  last_seen_at: Now
  expires_at: Time
  ip_address: Maybe<string>
  user_agent: Maybe<string>
}

export interface SetupLinksTable { token_hash: string, created_at: Now, expires_at: Time }

export interface SignInFailuresTable { subject_hash: string, failures: number, last_failed_at: Now }

export interface ApiKeysTable {
  key_id: Generated<string>
  key_hash: string
  key_prefix: string
  name: string
  user_id: string
  scope: Generated<string>
  created_at: Now
  last_used_at: MaybeTime
  revoked_at: MaybeTime
  expires_at: MaybeTime
}

export type TokenEndpointAuthMethod = 'client_secret_post' | 'client_secret_basic' | 'none'
export type Registration = 'operator' | 'dynamic' | 'metadata_document'

export interface OauthClientsTable {
  client_id: string
  client_secret_hash: Maybe<string>
  client_name: Generated<string>
  redirect_uris: Json<string[]>
  grant_types: Json<string[]>
  response_types: Json<string[]>
  scope: Generated<string>
  token_endpoint_auth_method: Generated<TokenEndpointAuthMethod>
  require_pkce: Generated<boolean>
  registration: Generated<Registration>
  access_token_seconds: Maybe<number>
  disabled_at: MaybeTime
  created_at: Now
  updated_at: Now
}

export interface OauthGrantsTable {
  grant_id: Generated<string>
  user_id: string
  client_id: string
  resource: string
  scope: string
  created_at: Now
  last_used_at: MaybeTime
  revoked_at: MaybeTime
  revoked_reason: Maybe<string>
}

export interface OauthAuthorizationCodesTable {
  code_hash: string
  grant_id: string
  client_id: string
  user_id: string
  redirect_uri: string
  redirect_uri_given: Generated<boolean>
  scope: string
  resource: string
  code_challenge: Maybe<string>
  code_challenge_method: Maybe<string>
  created_at: Now
  expires_at: Time
  used_at: MaybeTime
  failed_verifications: Generated<number>
}

export interface OauthTokensTable {
  token_id: Generated<string>
  grant_id: string
  client_id: string
  user_id: string
  token_type: Generated<string>
  access_token_hash: string
  refresh_token_hash: Maybe<string>
  scope: string
  resource: string
  issued_at: Now
  expires_in: Generated<number>
  refresh_expires_at: MaybeTime
  rotated_at: MaybeTime
  successor_sealed: Maybe<string>
  access_token_revoked_at: MaybeTime
  revoked: Generated<boolean>
}

export interface AuditLogsTable {
  id: Generated<number>
  created_at: Now
  action: string
  user_id: Maybe<string>
  client_id: Maybe<string>
  grant_id: Maybe<string>
  reason: Maybe<string>
  ip_address: Maybe<string>
  user_agent: Maybe<string>
  request_id: Maybe<string>
  details: Json<Record<string, unknown>>
}

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

export interface CodingSessionsTable {
  user_id: string
  session_id: string
  project_id: string
  description: string
  tags: Json<string[]>
  started_at: Now
  ended_at: MaybeTime
  summary: Maybe<string>
  success: Maybe<boolean>
  source: Json<Source>
}

/** Every table of ours. The columns' meaning is told where migrations/ creates them. */
export interface Database {
  users: UsersTable
  sessions: SessionsTable
  setup_links: SetupLinksTable
  sign_in_failures: SignInFailuresTable
  api_keys: ApiKeysTable
  oauth_clients: OauthClientsTable
  oauth_grants: OauthGrantsTable
  oauth_authorization_codes: OauthAuthorizationCodesTable
  oauth_tokens: OauthTokensTable
  audit_logs: AuditLogsTable
  memories: MemoriesTable
  memory_postings: MemoryPostingsTable
  coding_sessions: CodingSessionsTable
}
