import type { Generated } from 'kysely'
import type { Json, Maybe, MaybeTime, Now, Time } from './columns.ts'

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
  /** Tool calls up to then are forgotten, those that are still on their way to tool_calls, too. */
  tool_calls_cleared_at: MaybeTime
  /** IANA name of the zone that "yesterday" is meant in; null: nobody set one, so UTC. */
  timezone: Maybe<string>
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

export interface SetupLinksTable {
  token_hash: string
  created_at: Now
  expires_at: Time
}

/** What the next page says once, encrypted; one for each session and place. */
export interface PageNoticesTable {
  session_hash: string
  place: string
  content_sealed: string
  created_at: Now
}

/** Attempts at something that can be guessed, counted per subject. */
export interface AttemptsTable {
  subject_hash: string
  attempts: number
  last_attempt_at: Now
}

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

/** A person's own token for GitHub, encrypted; `token_end` are its last four characters. */
export interface GithubTokensTable {
  user_id: string
  token_sealed: string
  token_end: string
  created_at: Now
  last_used_at: MaybeTime
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
